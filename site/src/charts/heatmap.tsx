/**
 * Numbers of units over steps as colours: units down, steps across, from the low colour through zero's to the high one.
 * The pointer and the arrow keys select a step and a unit.
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { colour } from "../theme.js";

export interface Place {
  readonly step: number;
  readonly unit: number;
}

/** What the canvas shows, for whoever wants the numbers: `canvas.heatMap`. */
export interface ShownNumbers {
  /** `[steps, units]`, row-major. */
  readonly values: ArrayLike<number>;
  readonly steps: number;
  readonly units: number;
}

export interface HeatMapProps extends ShownNumbers {
  /** What is shown, in words. */
  readonly label: string;
  /** The numbers that have the low and the high colour; zero's is half way. */
  readonly range: readonly [low: number, high: number];
  /** Its unit may be one that this map has not. */
  readonly selected: Place;
  readonly onSelect: (place: Place) => void;
}

const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);
/** CSS pixels: whole ones a unit, as long as all have room. */
const heightOf = (units: number) => Math.min(units * Math.min(Math.max(Math.floor(256 / units), 1), 14), 256);

const moves: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [Number.NEGATIVE_INFINITY, 0],
  End: [Number.POSITIVE_INFINITY, 0],
};

export function HeatMap({ label, values, steps, units, range: [low, high], selected, onSelect }: HeatMapProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  /** How often the theme has changed: its colours are in the picture. */
  const [theme, setTheme] = useState(0);
  const picture = useMemo(() => paint(values, steps, units, low, high), [values, steps, units, low, high, theme]);
  useEffect(() => {
    const changed = () => setTheme((count) => count + 1);
    document.addEventListener("elman-theme", changed);
    return () => document.removeEventListener("elman-theme", changed);
  }, []);
  useEffect(() => {
    const canvas = ref.current as HTMLCanvasElement;
    Object.assign(canvas, { heatMap: { values, steps, units } satisfies ShownNumbers });
    const observer = new ResizeObserver(() => draw(canvas, picture, selected));
    observer.observe(canvas);
    return () => observer.disconnect();
  }, [picture, selected.step, selected.unit]);

  const point = (event: PointerEvent) => {
    const { left, top, width, height } = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
    const step = clamp(Math.floor(((event.clientX - left) / width) * steps), steps - 1);
    const unit = clamp(Math.floor(((event.clientY - top) / height) * units), units - 1);
    if (step !== selected.step || unit !== selected.unit) onSelect({ step, unit });
  };
  const press = (event: KeyboardEvent) => {
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const [right, down] = move;
    onSelect({ step: clamp(selected.step + right, steps - 1), unit: clamp(selected.unit + down, units - 1) });
  };
  return (
    <canvas
      ref={ref}
      class="heatmap"
      role="img"
      tabIndex={0}
      aria-label={label}
      style={{ height: `${heightOf(units)}px` }}
      onPointerMove={point}
      onPointerDown={point}
      onKeyDown={press}
    />
  );
}

function contextOf(width: number, height: number): CanvasRenderingContext2D {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return canvas.getContext("2d") as CanvasRenderingContext2D;
}

/** The colours from low to high as 256 pixels. */
function ramp(): Uint8ClampedArray {
  const context = contextOf(256, 1);
  const gradient = context.createLinearGradient(0, 0, 256, 0);
  ["--low", "--zero", "--high"].forEach((name, i) => {
    gradient.addColorStop(i / 2, colour(name));
  });
  context.fillStyle = gradient;
  context.fillRect(0, 0, 256, 1);
  return context.getImageData(0, 0, 256, 1).data;
}

/** A pixel a number; one that is not finite stays transparent. */
function paint(values: ArrayLike<number>, steps: number, units: number, low: number, high: number): HTMLCanvasElement {
  const colours = ramp();
  const context = contextOf(steps, units);
  const image = context.createImageData(steps, units);
  for (let step = 0; step < steps; step++) {
    for (let unit = 0; unit < units; unit++) {
      const value = values[step * units + unit];
      if (!Number.isFinite(value)) continue;
      const place = 4 * Math.round(clamp(((value - low) / (high - low)) * 255, 255));
      image.data.set(colours.subarray(place, place + 4), 4 * (unit * steps + step));
    }
  }
  context.putImageData(image, 0, 0);
  return context.canvas;
}

/** The picture at the screen's own pixels, with lines around the selected step and a frame around its unit. */
function draw(canvas: HTMLCanvasElement, picture: HTMLCanvasElement, { step, unit }: Place): void {
  const { width: steps, height: units } = picture;
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const [wide, high] = [canvas.width / steps, canvas.height / units];
  context.strokeStyle = colour("--ink");
  context.lineWidth = devicePixelRatio;
  context.globalAlpha = 0.4;
  context.strokeRect(step * wide, -2 * devicePixelRatio, wide, canvas.height + 4 * devicePixelRatio);
  context.globalAlpha = 1;
  context.lineWidth = 2 * devicePixelRatio;
  if (unit < units) context.strokeRect(step * wide, unit * high, wide, high);
}
