/** One unit over time: its states and gates as curves above the same steps as the heat maps', and in numbers. */

import { useState } from "preact/hooks";
import { furthest } from "../charts/numbers.js";
import { useText } from "../language.js";
import type { Activity, Numbers } from "./activity.js";
import { digits } from "./equation.js";
import { text } from "./text.js";

/** A curve of the unit: `values` has `width` units a step. */
export interface Curve {
  readonly name: string;
  readonly values: Numbers;
  readonly width: number;
}

/** What a unit has, by the letters of the equation. An RNN's gate is its hidden state. */
export function curvesOf({ hidden, cell, gates, units, outputs, mode }: Activity): Curve[] {
  return [
    { name: "h", values: hidden, width: outputs },
    ...(cell === null ? [] : [{ name: "c", values: cell, width: units }]),
    ...(mode.startsWith("RNN") ? [] : Object.entries(gates).map(([name, values]) => ({ name, values, width: units }))),
  ];
}

/** A line from the first step's begin to the last one's end, which has gaps where a value is not finite. */
export function path(values: readonly number[]): string {
  const has = (t: number) => Number.isFinite(values[t]);
  const pieces = values.map((value, t) => {
    if (!has(t)) return "";
    return `${has(t - 1) ? "L" : `M${t},${-value}L`}${t + 0.5},${-value}${has(t + 1) ? "" : `H${t + 1}`}`;
  });
  return pieces.join("");
}

interface TraceProps {
  readonly seen: Activity;
  readonly labels: readonly string[] | null;
  readonly step: number;
  readonly unit: number;
}

export function Trace({ seen, labels, step, unit }: TraceProps) {
  const say = useText(text);
  const [isOpen, setOpen] = useState(false);
  const { steps } = seen;
  const curves = curvesOf(seen)
    .filter(({ width }) => unit < width)
    .map(({ name, values, width }) => ({
      name,
      values: Array.from({ length: steps }, (_, t) => values[t * width + unit]),
    }));
  const most = Math.max(1, furthest(curves.flatMap(({ values }) => values)));
  return (
    <section aria-labelledby="trace">
      <h3 id="trace">
        {say.trace}: {say.unit} {unit}
      </h3>
      <svg
        class="trace"
        role="img"
        aria-label={`${say.trace}: ${say.unit} ${unit}`}
        viewBox={`0 -1 ${steps} 2`}
        preserveAspectRatio="none"
      >
        <rect class="now" x={step} y={-1} width={1} height={2} />
        <line class="zero" x1={0} x2={steps} y1={0} y2={0} />
        {curves.map(({ name, values }) => (
          <path key={name} class={`curve ${name}`} d={path(values.map((value) => value / most))} />
        ))}
      </svg>
      <ul class="row key">
        {curves.map(({ name, values }) => (
          <li key={name}>
            <svg class="sample" viewBox="0 0 24 2" aria-hidden="true">
              <polyline class={`curve ${name}`} points="0,1 24,1" />
            </svg>
            <i>{name}</i> = {digits(values[step])}
          </li>
        ))}
      </ul>
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{say.traceTable}</summary>
        {isOpen && (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">{say.step}</th>
                  {curves.map(({ name }) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {Array.from({ length: steps }, (_, t) => (
                  <tr key={String(t)} aria-current={t === step ? "step" : undefined}>
                    <th scope="row">
                      {t} {labels?.[t]}
                    </th>
                    {curves.map(({ name, values }) => (
                      <td key={name}>{values[t]}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </details>
    </section>
  );
}
