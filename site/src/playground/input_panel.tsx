/** Text, a series or a sound to be read, and the sentence how it becomes what the layer reads. */

import { useEffect, useRef } from "preact/hooks";
import { furthest } from "../charts/numbers.js";
import { useText } from "../language.js";
import { colour } from "../theme.js";
import { FileButton } from "./chooser.js";
import { InputError, numbersOf } from "./inputs.js";
import type { Net } from "./models.js";
import { text } from "./text.js";

export interface Sound {
  /** The file's; null for the tone. */
  readonly name: string | null;
  readonly samples: Float32Array;
  readonly rate: number;
}

/** What stands in the panel. */
export interface Given {
  readonly kind: "text" | "series" | "sound";
  readonly text: string;
  readonly alphabet: string;
  /** Which of the net's embeddings; -1 for none. */
  readonly table: number;
  /** Numbers as they were typed or drawn. */
  readonly series: string;
  readonly sound: Sound;
}

interface PanelProps {
  readonly net: Net;
  readonly given: Given;
  /** Those of the net's embeddings that fit the layer. */
  readonly tables: readonly number[];
  readonly how: string;
  readonly problem: string | null;
  readonly change: (part: Partial<Given>) => void;
  readonly onSound: (file: File) => void;
  readonly onOurs: (which: "tone" | "speech") => void;
}

export function InputPanel({ net, given, tables, how, problem, change, onSound, onOurs }: PanelProps) {
  const say = useText(text);
  return (
    <section class="card" aria-labelledby="input">
      <h2 id="input">{say.input}</h2>
      <fieldset class="row">
        <legend class="hidden">{say.input}</legend>
        {(["text", "series", "sound"] as const).map((kind) => (
          <label key={kind}>
            <input type="radio" name="kind" checked={given.kind === kind} onChange={() => change({ kind })} />{" "}
            {say.kinds[kind]}
          </label>
        ))}
      </fieldset>
      {given.kind === "text" && <TextFields net={net} given={given} tables={tables} change={change} />}
      {given.kind === "series" && <SeriesFields series={given.series} change={change} />}
      {given.kind === "sound" && (
        <>
          <div class="row">
            <FileButton label={say.soundFile} accept="audio/*" onFile={onSound} />
            <span>{say.ours}</span>
            {(["tone", "speech"] as const).map((which) => (
              <button key={which} type="button" class="quiet" onClick={() => onOurs(which)}>
                {say[which]}
              </button>
            ))}
          </div>
          <p class="soft">
            {say.soundNow(given.sound.name ?? say.tone, given.sound.samples.length / given.sound.rate)}
          </p>
        </>
      )}
      <p role="status">{how}</p>
      <p role="alert" class="error">
        {problem}
      </p>
    </section>
  );
}

function TextFields({ net, given, tables, change }: Pick<PanelProps, "net" | "given" | "tables" | "change">) {
  const say = useText(text);
  return (
    <div class="columns">
      <label class="field">
        {say.textLabel}
        <input value={given.text} onInput={({ currentTarget }) => change({ text: currentTarget.value })} />
      </label>
      <label class="field">
        {say.alphabet}
        <input
          class="mono"
          value={given.alphabet}
          placeholder={say.alphabetHint}
          onInput={({ currentTarget }) => change({ alphabet: currentTarget.value })}
        />
      </label>
      {tables.length > 0 && (
        <label class="field">
          {say.table}
          <select value={given.table} onChange={({ currentTarget }) => change({ table: Number(currentTarget.value) })}>
            {tables.map((i) => (
              <option key={net.embeddings[i].name} value={i}>
                {net.embeddings[i].name}: {String(net.embeddings[i].layer)}
              </option>
            ))}
            <option value={-1}>{say.noTable}</option>
          </select>
        </label>
      )}
    </div>
  );
}

/** How many values a drawing begins with. */
const drawn = 60;
const rounded = (value: number) => Number(value.toFixed(3));
export const sine = Array.from({ length: drawn }, (_, t) => rounded(Math.sin((2 * Math.PI * t) / 20))).join(" ");
const pulse = Array.from({ length: drawn }, (_, t) => (t >= 10 && t < 20 ? 1 : 0)).join(" ");

function SeriesFields({ series, change }: { series: string } & Pick<PanelProps, "change">) {
  const say = useText(text);
  return (
    <>
      <SeriesPad series={series} onDraw={(values) => change({ series: values.join(" ") })} />
      <div class="row">
        <span class="soft">{say.draw}</span>
        <button type="button" class="quiet" onClick={() => change({ series: sine })}>
          {say.wave}
        </button>
        <button type="button" class="quiet" onClick={() => change({ series: pulse })}>
          {say.pulse}
        </button>
      </div>
      <label class="field">
        {say.values}
        <textarea
          class="mono"
          rows={3}
          value={series}
          onInput={({ currentTarget }) => change({ series: currentTarget.value })}
        />
      </label>
    </>
  );
}

/** What is typed; zeros where that is no series. */
function seriesOf(typed: string): number[] {
  try {
    const values = numbersOf(typed);
    if (values.length > 0) return values;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  return new Array<number>(drawn).fill(0);
}

/** The series as a line from −1 to 1, or as far as it goes; the pointer moves the values that it passes. */
function SeriesPad({ series, onDraw }: { series: string; onDraw: (values: number[]) => void }) {
  const say = useText(text);
  const ref = useRef<HTMLCanvasElement>(null);
  const last = useRef<{ place: number; value: number } | null>(null);
  const values = seriesOf(series);
  const top = Math.max(1, furthest(values));
  useEffect(() => {
    const canvas = ref.current as HTMLCanvasElement;
    const show = () => drawLine(canvas, values, top);
    const observer = new ResizeObserver(show);
    observer.observe(canvas);
    document.addEventListener("elman-theme", show);
    return () => {
      observer.disconnect();
      document.removeEventListener("elman-theme", show);
    };
  }, [series]);
  const move = (event: PointerEvent) => {
    const canvas = event.currentTarget as HTMLCanvasElement;
    // A line that begins elsewhere is none of the pad's; one that begins here goes on outside of it.
    if (event.type === "pointerdown") canvas.setPointerCapture(event.pointerId);
    else if (!canvas.hasPointerCapture(event.pointerId)) return;
    const box = canvas.getBoundingClientRect();
    const along = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    const place = Math.min(Math.floor(along * values.length), values.length - 1);
    const height = 1 - (2 * (event.clientY - box.top)) / box.height;
    const value = Math.min(Math.max(height, -1), 1) * top;
    const from = event.type === "pointerdown" ? null : last.current;
    const next = [...values];
    // A quick pointer skips values: those between lie on a line.
    const [begin, end] = [from?.place ?? place, place];
    for (let i = Math.min(begin, end); i <= Math.max(begin, end); i++) {
      const share = begin === end ? 1 : (i - begin) / (end - begin);
      next[i] = rounded(from === null ? value : from.value + share * (value - from.value));
    }
    last.current = { place, value };
    onDraw(next);
  };
  return (
    <canvas
      ref={ref}
      class="pad"
      role="img"
      aria-label={say.drawing(values.length)}
      onPointerDown={move}
      onPointerMove={move}
    />
  );
}

function drawLine(canvas: HTMLCanvasElement, values: readonly number[], top: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(devicePixelRatio, devicePixelRatio);
  const y = (value: number) => height / 2 - ((height - 4) / 2) * (value / top);
  const line = (points: readonly number[], name: string, wide: number) => {
    context.strokeStyle = colour(name);
    context.lineWidth = wide;
    context.beginPath();
    context.moveTo(0, y(points[0]));
    points.forEach((value, i) => {
      context.lineTo(((i + 0.5) * width) / points.length, y(value));
    });
    context.lineTo(width, y(points[points.length - 1]));
    context.stroke();
  };
  line([0], "--line", 1);
  line(values, "--accent", 2);
}
