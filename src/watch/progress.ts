/** How far a training is: a bar that moves on a terminal, plain lines in a pipe. */

import { checkOptions, mistyped } from "../base/errors.js";
import { type EpochEvent, Fit, type StepEvent } from "../train/index.js";

/** What is used of a stream. */
export interface Screen {
  /** Takes a `text` to show. */
  write(text: string): unknown;
  /** Whether lines can be written over. */
  readonly isTTY?: boolean | undefined;
  /** How many characters fit into a line. */
  readonly columns?: number | undefined;
}

/** Settings of `progress`. */
export interface ProgressOptions {
  /** Where to show it. Default: the process's stderr. */
  stream?: Screen;
}

/** Milliseconds between two pictures of a bar, and between two lines in a pipe. */
const [frame, pause] = [100, 10_000];
/** How much of the loss shown is of the steps before: one batch's loss jumps. */
const memory = 0.9;

function timeText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.round(seconds);
  const [m, s] = [Math.floor(whole / 60), whole % 60];
  return m === 0 ? `${s} s` : m < 60 ? `${m} min ${s} s` : `${Math.floor(m / 60)} h ${m % 60} min`;
}

/**
 * The same events, shown as they come: how many steps of all, the loss (a running mean), steps a second, time left; and
 * the validation of each epoch on a line that stays.
 *
 *     for await (const event of progress(fit(model, loader, { optimizer, loss, epochs: 5 }))) { … }
 */
export async function* progress<I, O, T>(
  training: Fit<I, O, T>,
  options: ProgressOptions = {},
): AsyncGenerator<StepEvent | EpochEvent, void, undefined> {
  checkOptions("progress()", options, ["stream"]);
  const { stream = (globalThis as unknown as { process: { stderr: Screen } }).process.stderr } = options;
  if (!(training instanceof Fit)) mistyped("progress() expected what fit() gives", training);
  const begin = Date.now();
  let [first, last, shown, loss]: [number | null, number, number, number] = [null, 0, 0, Number.NaN];
  const clear = stream.isTTY ? "\r\x1b[K" : "";
  // Also where the loop is left: what is printed next has a line of its own.
  try {
    for await (const event of training) {
      const now = Date.now();
      const total = training.total;
      if ("validation" in event) {
        const { epoch, validation } = event;
        const numbers = validation === null ? { loss } : { "validation loss": validation.loss, ...validation.metrics };
        stream.write(`${clear}epoch ${epoch}  ${list(numbers)}\n`);
      } else {
        first ??= event.step - 1;
        last = event.step;
        loss = Number.isNaN(loss) ? event.loss : memory * loss + (1 - memory) * event.loss;
        if (now - shown >= (stream.isTTY ? frame : pause)) {
          shown = now;
          const rate = (last - first) / (Math.max(1, now - begin) / 1000);
          const parts = [
            total === null ? `step ${last}` : `step ${last}/${total}`,
            list({ loss, ...event.metrics }),
            `${Number(rate.toPrecision(3))} steps/s`,
            ...(total === null ? [] : [`${timeText((total - last) / rate)} left`]),
          ].join("  ");
          if (stream.isTTY)
            stream.write(`${clear}${bar(total === null ? null : last / total, parts, stream.columns ?? 80)}`);
          else stream.write(`epoch ${event.epoch}  ${parts}\n`);
        }
      }
      yield event;
    }
  } finally {
    const seconds = (Date.now() - begin) / 1000;
    stream.write(`${clear}${last - (first ?? 0)} steps in ${timeText(seconds)}\n`);
  }
}

const list = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join("  ");

/** A bar and what stands behind it, in one line of the terminal. */
function bar(part: number | null, text: string, columns: number): string {
  const width = Math.min(30, columns - text.length - 3);
  if (part === null || width < 5) return text.slice(0, columns - 1);
  const done = Math.round(part * width);
  return `${"█".repeat(done)}${"░".repeat(width - done)}  ${text}`;
}
