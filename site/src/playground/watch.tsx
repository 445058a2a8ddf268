/** The layer at work: heat maps of its states and gates over one axis of time, and one unit's trace and equation. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { HeatMap, type Place } from "../charts/heatmap.js";
import { furthest } from "../charts/numbers.js";
import { useText } from "../language.js";
import { type Activity, termsOf } from "./activity.js";
import { digits, Equation } from "./equation.js";
import { text } from "./text.js";
import { type Curve, curvesOf, Trace } from "./trace.js";

/** Milliseconds a step, when it plays. */
const pace = 180;
/** Letters are written below the steps up to this many. */
const mostLabels = 60;

interface WatchProps {
  /** Every layer and direction. */
  readonly all: readonly Activity[];
  readonly labels: readonly string[] | null;
}

/** The numbers that have the two ends of the colours: what a gate can reach, or what a state does reach. */
function rangeOf({ name, values }: Curve, seen: Activity): [number, number] {
  if (["i", "f", "o", "r", "z"].includes(name)) return [0, 1];
  if (["g", "n"].includes(name)) return [-1, 1];
  if (name === "h" && seen.mode !== "RNN_RELU" && !seen.isProjected) return [-1, 1];
  const most = furthest(values) || 1;
  return [-most, most];
}

export function Watch({ all, labels }: WatchProps) {
  const say = useText(text);
  const [chosen, choosePart] = useState(0);
  const [selected, select] = useState<Place>({ step: 0, unit: 0 });
  const [isPlaying, play] = useState(false);
  // What was chosen and selected may lie outside of what is shown since.
  const part = Math.min(chosen, all.length - 1);
  const seen = all[part];
  const maps = useMemo(() => curvesOf(seen).map((curve) => ({ ...curve, range: rangeOf(curve, seen) })), [seen]);
  const { steps, units } = seen;
  const step = Math.min(selected.step, steps - 1);
  const unit = Math.min(selected.unit, units - 1);
  const { h } = termsOf(seen, step, unit);
  const isTwo = all.some(({ name }) => name.endsWith("_reverse"));
  const stacked = all.filter(({ name }) => !name.endsWith("_reverse"));
  const [layer, direction] = isTwo ? [Math.floor(part / 2), part % 2] : [part, 0];

  useEffect(() => {
    if (!isPlaying) return;
    if (step === steps - 1) return play(false);
    const timer = setTimeout(() => select(({ unit }) => ({ step: step + 1, unit })), pace);
    return () => clearTimeout(timer);
  }, [isPlaying, step, steps]);

  const start = () => {
    if (!isPlaying && step === steps - 1) select({ step: 0, unit });
    play(!isPlaying);
  };
  const choose = (k: number, d: number) => choosePart(isTwo ? 2 * k + d : k);
  return (
    <section class="card" aria-labelledby="activity">
      <h2 id="activity">{say.activity}</h2>
      <div class="row">
        {stacked.length > 1 && (
          <label>
            {say.stack}{" "}
            <select value={layer} onChange={({ currentTarget }) => choose(Number(currentTarget.value), direction)}>
              {stacked.map(({ name }, k) => (
                <option key={name} value={k}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        {isTwo && (
          <label>
            {say.direction}{" "}
            <select value={direction} onChange={({ currentTarget }) => choose(layer, Number(currentTarget.value))}>
              <option value={0}>{say.forward}</option>
              <option value={1}>{say.reverse}</option>
            </select>
          </label>
        )}
        <button type="button" onClick={start} disabled={steps < 2}>
          {isPlaying ? say.pause : say.play}
        </button>
        <label class="scrub">
          {say.step}{" "}
          <input
            type="range"
            min={0}
            max={steps - 1}
            value={step}
            onInput={({ currentTarget }) => select({ step: Number(currentTarget.value), unit })}
          />
        </label>
        <label>
          {say.unit}{" "}
          <input
            type="number"
            min={0}
            max={units - 1}
            value={unit}
            onInput={({ currentTarget }) => {
              const typed = currentTarget.valueAsNumber;
              if (currentTarget.validity.valid && !Number.isNaN(typed)) select({ step, unit: typed });
            }}
            onChange={({ currentTarget }) => {
              currentTarget.value = String(unit);
            }}
          />
        </label>
      </div>
      <p class="soft">{say.hint}</p>
      <div class="watch">
        <div>
          {maps.map(({ name, values, width, range }) => {
            const title = say.maps[name];
            return (
              <figure key={name} class="map" data-map={name}>
                <figcaption class="row">
                  <span>{title}</span>
                  <span class="scale soft">
                    {digits(range[0])}
                    <span class="ramp" />
                    {digits(range[1])}
                  </span>
                </figcaption>
                <HeatMap
                  label={say.shows(title, width, steps)}
                  values={values}
                  steps={steps}
                  units={width}
                  range={range}
                  selected={{ step, unit }}
                  onSelect={select}
                />
              </figure>
            );
          })}
          {labels !== null && steps <= mostLabels ? (
            <div class="letters mono" aria-hidden="true" style={{ gridTemplateColumns: `repeat(${steps}, 1fr)` }}>
              {labels.map((letter, t) => (
                <span key={t} class={t === step ? "now" : ""}>
                  {letter === " " ? "␣" : letter}
                </span>
              ))}
            </div>
          ) : (
            <div class="axis soft">
              <span>0</span>
              <span>{steps - 1}</span>
            </div>
          )}
        </div>
        <div class="side">
          <Trace seen={seen} labels={labels} step={step} unit={unit} />
          <h3>{say.equation}</h3>
          <p aria-live={isPlaying ? "off" : "polite"}>
            {say.at(step, labels?.[step], unit)}
            {h !== null && `: h = ${digits(h)}`}
          </p>
          <Equation seen={seen} step={step} unit={unit} />
          {seen.isProjected && <p class="soft">{say.projected(seen.outputs)}</p>}
        </div>
      </div>
    </section>
  );
}
