/** Curves as a picture: one SVG that follows the reader's light or dark scheme. */

import { mistyped } from "../base/errors.js";

/** Points of a curve from left to right: heights at 0, 1, 2, …, or pairs of place and height. */
export type Points = readonly number[] | readonly (readonly [x: number, y: number])[];

/** Curves beside each other. */
export interface Panel {
  /** What stands above. */
  readonly title: string;
  /** What the places are, such as `step`. */
  readonly x?: string;
  /** What is drawn, by its name. */
  readonly curves: Readonly<Record<string, Points>>;
  /** Whether heights are on a logarithmic scale; what is not above 0 is left out. Default false. */
  readonly log?: boolean;
}

const [width, height, left, right, top, bottom] = [420, 220, 56, 12, 44, 34];
const colours = ["#0969da", "#bf3989", "#1a7f37", "#bc4c00", "#8250df", "#57606a"];

const style = [
  "text { font: 11px system-ui, sans-serif; fill: #59636e }",
  ".title { font-weight: 600; font-size: 13px; fill: #1f2328 }",
  ".grid { stroke: #d1d9e0; fill: none }",
  ".curve { fill: none; stroke-width: 1.5 }",
  "@media (prefers-color-scheme: dark) {",
  "text { fill: #9198a1 } .title { fill: #f0f6fc } .grid { stroke: #3d444d }",
  "}",
].join("\n");

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const short = (x: number): string => {
  if (x === 0) return "0";
  return Math.abs(x) >= 1e4 || Math.abs(x) < 1e-2 ? x.toExponential(0) : String(Number(x.toPrecision(3)));
};

/** About four round numbers between two bounds. */
function ticks(low: number, high: number): number[] {
  const raw = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) as number) * power;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => first + i * step);
}

function bounds(values: readonly number[]): [number, number] {
  const [low, high] = values.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function drawn({ title, x = "", curves, log = false }: Panel, x0: number, y0: number): string {
  if (typeof curves !== "object" || curves === null) mistyped("svg() expected curves by name", curves);
  for (const [name, points] of Object.entries(curves)) {
    if (!Array.isArray(points)) mistyped(`svg() expected '${name}' as an array of points`, points);
  }
  const scaled = Object.entries(curves).map(([name, points]) => {
    const pairs = points.map((point, i): [number, number] =>
      typeof point === "number" ? [i, point] : [point[0], point[1]],
    );
    const seen = pairs.map(([at, value]): [number, number] => [
      at,
      log ? (value > 0 ? Math.log10(value) : Number.NaN) : value,
    ]);
    return { name, points: seen.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value)) };
  });
  const all = scaled.flatMap(({ points }) => points);
  const [[x1, x2], [y1, y2]] = [bounds(all.map(([at]) => at)), bounds(all.map(([, value]) => value))];
  const h = (at: number) => (x0 + left + ((at - x1) / (x2 - x1)) * (width - left - right)).toFixed(1);
  const v = (value: number) => (y0 + top + ((y2 - value) / (y2 - y1)) * (height - top - bottom)).toFixed(1);
  const [floor, edge] = [y0 + height - bottom, x0 + left];
  const marks = [
    ...ticks(y1, y2).map((value) => {
      const label = short(log ? 10 ** value : value);
      return `<path class="grid" d="M${edge} ${v(value)}H${x0 + width - right}"/><text x="${edge - 6}" y="${Number(v(value)) + 4}" text-anchor="end">${label}</text>`;
    }),
    ...ticks(x1, x2).map((at) => `<text x="${h(at)}" y="${floor + 16}" text-anchor="middle">${short(at)}</text>`),
  ];
  const lines = scaled.map(({ name, points }, i) => {
    const colour = colours[i % colours.length];
    const path = points.map(([at, value], k) => `${k === 0 ? "M" : "L"}${h(at)} ${v(value)}`).join("");
    const legend = `<text x="${edge + i * 84}" y="${y0 + 34}" style="fill:${colour}">${escaped(name)}</text>`;
    const dash = i >= colours.length ? ' stroke-dasharray="4 3"' : "";
    return `${legend}<path class="curve" stroke="${colour}"${dash} d="${path || "M0 0"}"><title>${escaped(name)}</title></path>`;
  });
  const axis = `<text x="${x0 + width - right}" y="${floor + 30}" text-anchor="end">${escaped(x)}</text>`;
  return [`<text class="title" x="${x0 + 8}" y="${y0 + 18}">${escaped(title)}</text>`, ...marks, axis, ...lines].join(
    "\n",
  );
}

/**
 * Panels in rows of two, as the text of an SVG file.
 * @param panels each a title and its curves
 */
export function svg(panels: readonly Panel[]): string {
  if (!Array.isArray(panels) || panels.length === 0) mistyped("svg() expected panels", panels);
  const columns = Math.min(2, panels.length);
  const [w, h] = [columns * width, Math.ceil(panels.length / columns) * height];
  const parts = panels.map((panel, i) => drawn(panel, (i % columns) * width, Math.floor(i / columns) * height));
  const size = `viewBox="0 0 ${w} ${h}" width="${w}" height="${h}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`;
  const title = panels.map(({ title, curves }) => title || Object.keys(curves).join(", ")).join("; ");
  return [head, `<title>${escaped(title)}</title>`, `<style>${style}</style>`, ...parts, "</svg>", ""].join("\n");
}

/**
 * Curves of a training in one panel, such as `{ loss, validation }`, as the text of an SVG file.
 * @param lines points by the name of their curve
 */
export function curves(lines: Readonly<Record<string, Points>>, options: Omit<Partial<Panel>, "curves"> = {}): string {
  return svg([{ title: "", x: "step", ...options, curves: lines }]);
}
