/**
 * A chart of a few cases for docs/speed.md: one SVG that follows the reader's light or dark scheme. A bar is an engine's
 * speed as a share of the fastest in its panel, and ends with its time.
 */

import type { Pass } from "./cases.js";
import { type EngineName, engines } from "./engines.js";
import { time } from "./report.js";
import { find, type Results, type Row } from "./results.js";

/** What is shown, and how it is called. */
const panels: readonly [title: string, name: string, pass: Pass][] = [
  ["LSTM, one step, 64 units", "lstm-h64-step", "step"],
  ["LSTM, 100 steps, 1 sequence, 128 units", "lstm-b1-h128-t100", "forward"],
  ["LSTM, 100 steps, 32 sequences, 256 units", "lstm-b32-h256-t100", "forward"],
  ["GRU, one step, 64 units", "gru-h64-step", "step"],
  ["GRU, 100 steps, 1 sequence, 128 units", "gru-b1-h128-t100", "forward"],
  ["LSTM training, 100 steps, 32 sequences, 256 units", "lstm-b32-h256-t100", "train"],
];

const [columns, panelWidth, line, labels, values, top] = [3, 400, 20, 130, 70, 28];

/** What the chart says, in a line: on it, and for those who do not see it. */
export const caption = ({ runs: [{ node }] }: Results) =>
  `The time of a call under Node ${node}, one thread. A longer bar is faster.`;

function panel(title: string, rows: readonly Row[], x: number, y: number): string {
  const fastest = Math.min(...rows.map(({ medianUs }) => medianUs as number));
  const bars = rows.map(({ engine, medianUs }, i) => {
    const at = y + 30 + i * line;
    const us = medianUs as number;
    const length = Math.max(1, (fastest / us) * (panelWidth - labels - values - 20));
    const own = engine === "elman" ? ' class="own"' : "";
    return [
      `<text x="${x + labels - 8}" y="${at + 12}" text-anchor="end"${own}>${engines[engine].title}</text>`,
      `<rect x="${x + labels}" y="${at + 1}" width="${length.toFixed(1)}" height="${line - 6}" rx="2"${own}/>`,
      `<text x="${(x + labels + length + 6).toFixed(1)}" y="${at + 12}"${own}>${time(us)}</text>`,
    ].join("");
  });
  return [`<text x="${x + 8}" y="${y + 18}" class="title">${title}</text>`, ...bars].join("\n");
}

/** The chart of the first run, one thread; panels without numbers are left out. */
export function chart(results: Results): string {
  const { runs, rows } = results;
  const [{ node }] = runs;
  const names = Object.keys(engines) as EngineName[];
  const filled = panels.flatMap(([title, name, pass]) => {
    const found = names.flatMap((engine) => {
      const row = find(rows, { case: name, pass, engine, node, threads: 1 });
      return row === undefined || row.medianUs === null ? [] : [row];
    });
    return found.length === 0 ? [] : [{ title, found }];
  });
  const height = 30 + Math.max(0, ...filled.map(({ found }) => found.length)) * line + 16;
  const [width, total] = [columns * panelWidth, top + Math.ceil(filled.length / columns) * height];
  const drawn = filled.map(({ title, found }, i) =>
    panel(title, found, (i % columns) * panelWidth, top + Math.floor(i / columns) * height),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" role="img" aria-label="${caption(results)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #59636e }
.title { font-weight: 600; font-size: 13px; fill: #1f2328 }
text.own { fill: #1f2328; font-weight: 600 }
rect { fill: #b6bfc9 }
rect.own { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 }
  .title, text.own { fill: #f0f6fc }
  rect { fill: #3d444d }
  rect.own { fill: #4493f8 }
}
</style>
<text x="8" y="${top - 10}">${caption(results)}</text>
${drawn.join("\n")}
</svg>
`;
}
