/** RNN, LSTM and GRU learn the same task of long memory, side by side. */

import { useState } from "preact/hooks";
import { LineChart } from "../charts/line_chart.js";
import { short } from "../charts/numbers.js";
import { mount } from "../frame.js";
import { useText } from "../language.js";
import { SettingsForm } from "./form.js";
import { type CellHistory, decades, type History } from "./history.js";
import { type Cell, defaults } from "./settings.js";
import { text } from "./text.js";
import { type Held, useTraining } from "./use_training.js";
import "./learn.css";

const colours: Readonly<Record<Cell, string>> = { RNN: "--second", LSTM: "--accent", GRU: "--third" };
const upTo = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

function Controls({ held: { phase, history, sentence, toggle, step, reset }, steps }: { held: Held; steps: number }) {
  const say = useText(text);
  const isOver = phase === "done" || phase === "failed" || phase === "measuring";
  return (
    <div class="card">
      <div class="row">
        <button type="button" disabled={isOver} onClick={toggle}>
          {phase === "learning" ? say.pause : history.step > 0 ? say.resume : say.train}
        </button>
        <button type="button" class="quiet" disabled={isOver || phase === "learning"} onClick={step}>
          {say.step}
        </button>
        <button type="button" class="quiet" onClick={reset}>
          {say.reset}
        </button>
        <span class="mono" data-step={history.step}>
          {say.steps(history.step, steps)}
        </span>
      </div>
      <p role="status" class="soft">
        {say.phases[phase]}
      </p>
      <p role="alert" class="error">
        {sentence}
      </p>
    </div>
  );
}

/** Losses of all cells in one picture. */
function Losses({ history, steps, language }: { history: History; steps: number; language: string }) {
  const say = useText(text);
  const cells = [...history.cells];
  const highest = cells.flatMap(([, { losses }]) => losses).reduce((most, loss) => Math.max(most, loss), 1.6);
  const last = cells.map(([cell, { losses }]) => `${cell} ${short(losses.at(-1) ?? 0)}`).join(", ");
  return (
    <section class="card">
      <h2>{say.loss}</h2>
      <p class="row legend">
        {cells.map(([cell]) => (
          <Swatch key={cell} cell={cell} />
        ))}
      </p>
      <LineChart
        key={`${language} ${cells.map(([cell]) => cell).join()}`}
        options={{
          lines: cells.map(([cell]) => ({ colour: colours[cell] })),
          x: say.stepAxis,
          y: say.lossAxis,
          height: 260,
        }}
        data={{
          x: upTo(history.step, 1),
          y: cells.map(([, { losses }]) => losses),
          xRange: [0, steps],
          yRange: [0, highest],
          label: say.lossLabel(history.step, last),
        }}
      />
    </section>
  );
}

const Swatch = ({ cell }: { cell: Cell }) => (
  <span class="swatch" style={{ borderColor: `var(${colours[cell]})` }}>
    {cell}
  </span>
);

/** One cell: numbers, the norm of the gradient back in time, and its file. */
function CellCard({
  cell,
  history: { first, last },
  range,
  save,
  language,
}: {
  cell: Cell;
  history: CellHistory;
  range: readonly [number, number];
  save: () => void;
  language: string;
}) {
  const say = useText(text);
  const back = (norms: readonly number[]) => [...norms].reverse();
  return (
    <section class="card" data-cell={cell}>
      <h3>
        <Swatch cell={cell} />
      </h3>
      <dl>
        <dt>{say.heldOutLoss}</dt>
        <dd data-loss={last.loss}>{last.loss.toFixed(3)}</dd>
        <dt>{say.accuracy}</dt>
        <dd>{Math.round(last.accuracy * 100)} %</dd>
        <dt>{say.atFirst}</dt>
        <dd data-gradient={last.gradient[0]}>{short(last.gradient[0])}</dd>
      </dl>
      <LineChart
        key={language}
        options={{
          lines: [{ colour: "--soft", dash: true }, { colour: colours[cell] }],
          x: say.backAxis,
          y: say.normAxis,
          log: true,
          height: 220,
        }}
        data={{
          x: upTo(last.gradient.length),
          y: [back(first.gradient), back(last.gradient)],
          xRange: [0, last.gradient.length - 1],
          yRange: range,
          label: say.gradientLabel(cell, short(last.gradient.at(-1) ?? 0), short(last.gradient[0])),
        }}
      />
      <button type="button" class="quiet" onClick={save}>
        {say.save(`${cell.toLowerCase()}.pt`)}
      </button>
    </section>
  );
}

function Page() {
  const say = useText(text);
  const [settings, choose] = useState(defaults);
  const held = useTraining(settings);
  const { history, save } = held;
  const cells = [...history.cells];
  const range = decades(cells.flatMap(([, { first, last }]) => [...first.gradient, ...last.gradient]));
  return (
    <>
      <h1>{say.title}</h1>
      <p>{say.task}</p>
      <p class="mono">b x y y x y … x y → b</p>
      <SettingsForm settings={settings} choose={choose} />
      <Controls held={held} steps={settings.steps} />
      <Losses history={history} steps={settings.steps} language={say.language} />
      <h2>{say.gradients}</h2>
      <p>{say.norms}</p>
      <div class="columns">
        {cells.map(([cell, one]) => (
          <CellCard
            key={`${cell} ${one.first.gradient.length}`}
            cell={cell}
            history={one}
            range={range}
            save={() => save(cell)}
            language={say.language}
          />
        ))}
      </div>
      <p>
        {say.file} <a href="./playground.html">{say.playground}</a>
        {say.alphabet}
      </p>
      <h2>{say.seen}</h2>
      {say.lesson.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <h2>{say.try}</h2>
      <ul>
        {say.trials.map((trial) => (
          <li key={trial}>{trial}</li>
        ))}
      </ul>
      <h2>{say.sources}</h2>
      <ul>
        {sources.map(([title, address]) => (
          <li key={address}>
            <a href={address}>{title}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

const sources = [
  [
    "Y. Bengio, P. Simard, P. Frasconi: Learning long-term dependencies with gradient descent is difficult, 1994",
    "https://doi.org/10.1109/72.279181",
  ],
  ["S. Hochreiter, J. Schmidhuber: Long short-term memory, 1997", "https://doi.org/10.1162/neco.1997.9.8.1735"],
  ["F. Gers, J. Schmidhuber, F. Cummins: Learning to forget, 2000", "https://doi.org/10.1162/089976600300015015"],
  ["K. Cho et al.: Learning phrase representations using RNN encoder–decoder, 2014", "https://arxiv.org/abs/1406.1078"],
  ["C. Tallec, Y. Ollivier: Can recurrent neural networks warp time?, 2018", "https://arxiv.org/abs/1804.11188"],
] as const;

mount(Page, text);
