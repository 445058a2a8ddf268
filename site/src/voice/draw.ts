/** The sound above, the probability below, and behind both the segments. */

import { rate } from "../../../examples/voice/sound.js";
import { colour } from "../theme.js";
import { chunkTime, parts, type Timeline } from "./timeline.js";

/** Draws what lies between two times, in seconds, as wide as the canvas is shown. */
export function draw(canvas: HTMLCanvasElement, timeline: Timeline, from: number, to: number): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const x = (seconds: number) => ((seconds - from) / (to - from)) * width;
  const axis = height - 22;
  const middle = axis * 0.3;
  const line = (y: number) => pen.fillRect(0, Math.round(y), width, 1);
  const probability = (p: number) => axis - 4 - p * (axis * 0.34);

  const [accent, second, grid, soft] = ["--accent", "--second", "--line", "--soft"].map(colour);
  pen.fillStyle = accent;
  pen.globalAlpha = 0.16;
  const { open, segments } = timeline;
  const marked = open === null ? segments : [...segments, { start: open, end: timeline.seconds * rate }];
  for (const { start, end } of marked) pen.fillRect(x(start / rate), 0, x(end / rate) - x(start / rate), axis);
  pen.globalAlpha = 1;

  pen.fillStyle = grid;
  line(middle);
  for (const p of [0, 0.5, 1]) line(probability(p));
  pen.fillStyle = soft;
  pen.font = "12px system-ui, sans-serif";
  // As many seconds from label to label as give each some room.
  const step = [1, 2, 5, 10, 30, 60, 300, 600].find((seconds) => x(from + seconds) >= 60) ?? 3600;
  for (let at = Math.max(0, Math.ceil(from / step) * step); at <= to; at += step)
    if (x(at) < width - 30) pen.fillText(`${at} s`, x(at) + 3, height - 6);

  const each = chunkTime / 1000;
  const first = Math.max(0, Math.floor(from / each));
  const last = Math.min(timeline.probabilities.length, Math.ceil(to / each) + 1);
  pen.fillStyle = soft;
  const wide = Math.max(1, x(from + each / parts));
  const loud = timeline.peaks
    .slice(2 * parts * first, 2 * parts * last)
    .reduce((most, peak) => Math.max(most, Math.abs(peak)), 0.25);
  for (let i = first * parts; i < last * parts; i++) {
    const [low, high] = [timeline.peaks[2 * i], timeline.peaks[2 * i + 1]];
    pen.fillRect(
      x((i * each) / parts),
      middle - (high / loud) * middle,
      wide,
      Math.max(1, ((high - low) / loud) * middle),
    );
  }
  pen.strokeStyle = second;
  pen.lineWidth = 2;
  pen.beginPath();
  for (let i = first; i < last; i++) pen.lineTo(x((i + 0.5) * each), probability(timeline.probabilities[i]));
  pen.stroke();
  pen.fillStyle = second;
  for (const p of [0, 0.5, 1]) if (from <= 0 || p === 0.5) pen.fillText(String(p), 3, probability(p) - 3);
}
