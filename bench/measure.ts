/**
 * One case: every engine's answer is compared with the js device's, then each is warmed, then they are timed in turn,
 * A B C A B C …, so that the machine's fast and slow phases meet all of them alike.
 *
 * A JavaScript engine starts afresh for each row, since V8 optimises for what it has seen; PyTorch's process stays. The
 * rules of a call (same input each time, results finished, gradients reset within the time) stand in peers/serve.mjs.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Calibration } from "./calibrate.js";
import { answerLengths, type Case, checkedSteps, flops, numbers, type Pass } from "./cases.js";
import { type Askable, Child, type EngineName, engines, Refusal, start } from "./engines.js";
import { floor, readSizes } from "./floor.js";
import type { Row } from "./results.js";
import { median, quantile } from "./statistics.js";

export interface Settings {
  readonly engines: readonly EngineName[];
  readonly threads: readonly number[];
  /** The binary and its version. */
  readonly node: string;
  readonly version: string;
  readonly samples: number;
  /** Seconds that an engine may take for its first answer, compiling included. */
  readonly limit: number;
  /** How long engines are warmed, and a sample takes at least. */
  readonly calls?: typeof CALLS;
  /** A directory for numbers on their way. */
  readonly directory: string;
}

/** Milliseconds: of warming, and the least a sample takes. */
const CALLS = { warm: 300, sample: 2 };
/** The same where calls come one after the other: of a busy server, and of whole steps of training. */
export const BUSY = { warm: 300, sample: 20 };
export const TRAINING = { warm: 1500, sample: 100 };
/** Milliseconds that one engine may take for all samples of a row. */
const ROW = 2000;
/** A call that takes so long, µs, is timed once, and at least three times otherwise. */
const SLOW = 2e6;
/** A first answer that took so long, µs, compiling included, is followed by one sample and no warming. */
const TOO_SLOW = 10e6;
/** As a share of the greatest magnitude of an array: what float32 may lose over a hundred steps and thousands of rows. */
const TOLERANCE = 1e-4;

/** Seconds that the reference may take, which nobody times. */
const PATIENCE = 600;

/** A result that is wrong: the one thing that fails a run. */
export class WrongResult extends Error {}

/** The greatest difference of any array, as a share of that array's greatest magnitude. */
export function difference(found: Float32Array, reference: Float32Array, lengths: readonly number[]): number {
  if (found.length !== reference.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let at = 0;
  for (const length of lengths) {
    let [error, largest] = [0, 0];
    for (const end = at + length; at < end; at++) {
      const gap = Math.abs(found[at] - reference[at]);
      error = gap >= error ? gap : Number.isNaN(gap) ? Number.POSITIVE_INFINITY : error;
      largest = Math.max(largest, Math.abs(reference[at]));
    }
    worst = Math.max(worst, error / largest);
  }
  return at === found.length ? worst : Number.POSITIVE_INFINITY;
}

/** The numbers that an engine left in a file. */
export function floats(path: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

/** Has an engine compute a case once and leave its answer in a file of the directory; the µs it took. */
export async function answered(
  child: Askable,
  one: Case,
  pass: Pass,
  asked: { directory: string; file: string; limit: number; threads?: number },
): Promise<number> {
  const { directory, file, limit, threads = 1 } = asked;
  const paths = { data: join(directory, "data"), result: join(directory, file) };
  const question = { case: one, pass, threads, steps: checkedSteps, ...paths };
  const { us } = await child.ask<{ us: number }>("prepare", question, limit);
  return us;
}

/**
 * Compares an answer with the one in the file `reference`.
 * @throws WrongResult
 */
export function mustAgree(one: Case, pass: Pass, directory: string, file: string): void {
  const [found, reference] = [file, "reference"].map((name) => floats(join(directory, name)));
  const error = difference(found, reference, answerLengths(one, pass));
  if (!(error <= TOLERANCE)) throw new WrongResult(`${one.name} ${pass}: ${file} is off by ${error}`);
}

/** Warms an engine; how many calls make a sample, and the µs of one. */
export async function warmed(child: Askable, { warm, sample } = CALLS): Promise<{ calls: number; us: number }> {
  const { us } = await child.ask<{ us: number }>("warm", { ms: warm });
  return { calls: Math.max(1, Math.ceil((sample * 1e3) / us)), us };
}

/** How many samples of so many calls, of so many µs each, an engine can afford. */
export function affordable(us: number, calls: number, samples: number): number {
  return Math.min(samples, Math.max(us > SLOW ? 1 : 3, Math.floor((ROW * 1e3) / (us * calls))));
}

/** In which of so many rounds something happens `times` times, evenly. */
export const takesTurn = (round: number, rounds: number, times: number) =>
  Math.floor(((round + 1) * times) / rounds) > Math.floor((round * times) / rounds);

/** An engine in a row: its process, and the times of a call, µs. */
interface Contestant {
  readonly engine: EngineName;
  /** Engine and threads. */
  readonly key: string;
  readonly child: Askable;
  readonly times: number[];
  calls: number;
  samples: number;
  reason: string | null;
}

/** Measures cases, one after the other. */
export class Measurer {
  readonly #settings: Settings;
  readonly #calibration: Calibration | null;
  /** Processes that stay, by engine and threads. */
  readonly #kept = new Map<string, Askable>();
  #reference: Child | null = null;

  /** Without calibration nothing is timed: results are compared, that is all. */
  constructor(settings: Settings, calibration: Calibration | null) {
    this.#settings = settings;
    this.#calibration = calibration;
  }

  /** @throws WrongResult */
  async measure(one: Case): Promise<Row[]> {
    const { node, threads, directory } = this.#settings;
    this.#reference ??= new Child(node, engines.elman.script, { ELMAN_DEVICE: "js" });
    writeFileSync(join(directory, "data"), numbers(one));
    const rows: Row[] = [];
    for (const pass of one.passes) {
      await answered(this.#reference, one, pass, { directory, limit: PATIENCE, file: "reference" });
      for (const count of pass === "step" ? [1] : threads) rows.push(...(await this.#row(one, pass, count)));
    }
    return rows;
  }

  close(): void {
    this.#reference?.close();
    for (const child of this.#kept.values()) child.close();
  }

  /** Those who have something to say with so many threads; elman always, as the measure. */
  #contestants(pass: Pass, threads: number): Contestant[] {
    const { node } = this.#settings;
    return this.#settings.engines.flatMap((engine) => {
      const able = engines[engine].threads.includes(threads);
      if (!engines[engine].passes.includes(pass) || (!able && engine !== "elman")) return [];
      const count = able ? threads : 1;
      const key = `${engine} ${count}`;
      const child = this.#kept.get(key) ?? start(engine, node, count);
      if (engine === "torch" || this.#calibration === null) this.#kept.set(key, child);
      return [{ engine, key, child, times: [], calls: 1, samples: 1, reason: null }];
    });
  }

  async #row(one: Case, pass: Pass, threads: number): Promise<Row[]> {
    const contestants = this.#contestants(pass, threads);
    try {
      for (const contestant of contestants) {
        await this.#unlessRefused(contestant, () => this.#prepare(contestant, one, pass, threads));
      }
      return this.#calibration === null ? [] : await this.#timed(contestants, this.#calibration, one, pass, threads);
    } finally {
      for (const { key, child, reason } of contestants) {
        if (reason !== null) this.#kept.delete(key);
        if (!this.#kept.has(key)) child.close();
      }
    }
  }

  async #unlessRefused(contestant: Contestant, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refusal) || contestant.engine === "elman") throw error;
      contestant.reason = error.message;
    }
  }

  async #prepare(contestant: Contestant, one: Case, pass: Pass, threads: number): Promise<void> {
    const { directory, limit, samples, calls: howLong } = this.#settings;
    const { child, engine } = contestant;
    const first = await answered(child, one, pass, { directory, limit, threads, file: engine });
    mustAgree(one, pass, directory, engine);
    if (this.#calibration === null || first > TOO_SLOW) return;
    const { us, calls } = await warmed(child, howLong);
    contestant.calls = calls;
    contestant.samples = affordable(us, calls, samples);
  }

  async #timed(
    contestants: Contestant[],
    calibration: Calibration,
    one: Case,
    pass: Pass,
    threads: number,
  ): Promise<Row[]> {
    const { samples, version } = this.#settings;
    calibration.begin(readSizes(one, pass));
    for (let round = 0; round < samples; round++) {
      await calibration.round();
      for (const contestant of contestants) {
        if (contestant.reason !== null || !takesTurn(round, samples, contestant.samples)) continue;
        await this.#unlessRefused(contestant, async () => {
          const { us } = await contestant.child.ask<{ us: number }>("round", { calls: contestant.calls });
          contestant.times.push(us);
        });
      }
    }
    const floorUs = floor(one, pass, calibration.machine());
    return contestants.map(({ engine, times, reason }) => {
      const row = { case: one.name, pass, engine, threads, node: version, samples: times.length, floorUs };
      if (reason !== null) return { ...row, medianUs: null, minUs: null, spreadUs: null, gflops: null, reason };
      const medianUs = median(times);
      const spreadUs = quantile(times, 0.75) - quantile(times, 0.25);
      return { ...row, medianUs, minUs: Math.min(...times), spreadUs, gflops: flops(one, pass) / (medianUs * 1e3) };
    });
  }
}
