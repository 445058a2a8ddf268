/** Lines over a common x, drawn by uPlot. They follow the theme, and the width of what they stand in. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { colour } from "../theme.js";
import { power } from "./numbers.js";

export interface Line {
  /** A colour of the style sheet, as `--accent`. */
  readonly colour: string;
  readonly dash?: boolean;
}

export interface LineChartOptions {
  readonly lines: readonly Line[];
  /** What the axes say. */
  readonly x: string;
  readonly y: string;
  /** Whether y is drawn by its powers of ten; 0 and less are left out. */
  readonly log?: boolean;
  /** Of the drawing, in pixels. */
  readonly height: number;
}

export interface LineData {
  readonly x: readonly number[];
  /** Of each line as many as there are x; null where there is none. */
  readonly y: readonly (readonly (number | null)[])[];
  /** The ends of the axes. */
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
}

export interface LineChart {
  show(data: LineData): void;
  close(): void;
}

/** A chart at the end of an element. */
export function lineChart(target: HTMLElement, { lines, x, y, log = false, height }: LineChartOptions): LineChart {
  const scaled = (value: number | null) => (log ? (value !== null && value > 0 ? Math.log10(value) : null) : value);
  const soft = () => colour("--soft");
  const ruled = { stroke: () => colour("--line"), width: 1 };
  const axis = {
    stroke: soft,
    grid: ruled,
    ticks: ruled,
    font: "12px system-ui",
    labelFont: "12px system-ui",
    labelSize: 18,
  };
  let xRange: [number, number] = [0, 1];
  let yRange: [number, number] = [0, 1];
  const chart = new uPlot(
    {
      width: Math.max(target.clientWidth, 1),
      height,
      legend: { show: false },
      cursor: { show: false },
      padding: [10, 16, 0, 0],
      scales: { x: { time: false, range: () => xRange }, y: { range: () => yRange } },
      axes: [
        { ...axis, label: x, size: 32 },
        {
          ...axis,
          label: y,
          size: 48,
          ...(log && { incrs: [1, 2, 5, 10, 20], values: (_: uPlot, marks: number[]) => marks.map(power) }),
        },
      ],
      series: [
        {},
        ...lines.map(
          (line): uPlot.Series => ({
            stroke: () => colour(line.colour),
            width: 2,
            ...(line.dash && { dash: [5, 4] }),
            // One point alone makes no line.
            points: { show: ({ data }) => data[0].length === 1 },
          }),
        ),
      ],
    },
    [[], ...lines.map(() => [])],
    target,
  );
  const { canvas } = chart.ctx;
  canvas.setAttribute("role", "img");
  const redraw = () => chart.redraw();
  document.addEventListener("elman-theme", redraw);
  const width = new ResizeObserver(() => chart.setSize({ width: Math.max(target.clientWidth, 1), height }));
  width.observe(target);
  return {
    show(data) {
      canvas.setAttribute("aria-label", data.label);
      const [low, high] = data.yRange.map(scaled);
      xRange = [...data.xRange];
      yRange = [low ?? 0, high ?? 1];
      chart.setData([[...data.x], ...data.y.map((line) => line.map(scaled))]);
    },
    close() {
      document.removeEventListener("elman-theme", redraw);
      width.disconnect();
      chart.destroy();
    },
  };
}
