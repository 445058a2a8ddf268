/** Nets with different cells, trained on the same batches, side by side: a loop over reports that can be paused and stepped. */

import { Generator, manualSeed, nn, optim } from "elman-nn";
import { encodeTorch } from "elman-nn/checkpoint";
import { accuracy, type EpochEvent, evaluate, fit, type StepEvent } from "elman-nn/train";
// Not by way of elman-nn/watch, which is for Node: this part of it is not.
import { activity, type LayerActivity } from "../../../src/watch/gates.js";
import { Net } from "./net.js";
import type { Cell, Settings } from "./settings.js";
import { type Batch, draw } from "./task.js";

/** What is measured on sequences that are not learnt from. */
export interface Measured {
  readonly loss: number;
  /** The share of first symbols that are named. */
  readonly accuracy: number;
  /** The norm of the loss's gradient with respect to the hidden states at each step of the sequence, all layers together. */
  readonly gradient: readonly number[];
}

export interface CellReport {
  /** Of the batch that was learnt from; null before the first. */
  readonly loss: number | null;
  /** Before the first batch, and after each `every` batches; else null. */
  readonly measured: Measured | null;
}

/** How far all nets are. */
export interface Report {
  readonly step: number;
  readonly cells: Readonly<Partial<Record<Cell, CellReport>>>;
}

/** Batches from one measurement to the next. */
export const every = 25;
const batchSize = 32;
const heldOutCount = 64;

/** Norms by place in the sequence, of all layers and directions; a reverse direction takes its steps from the end. */
export function overTime(layers: readonly Pick<LayerActivity, "name" | "gradient">[]): number[] {
  const places = layers.map(({ name, gradient }) => (name.endsWith("reverse") ? [...gradient].reverse() : gradient));
  return places[0].map((_, t) => Math.hypot(...places.map((norms) => norms[t])));
}

/** One net, its batches and its `fit`. */
class Pupil {
  readonly net: Net;
  private readonly heldOut: Batch;
  private readonly events: AsyncIterator<StepEvent | EpochEvent>;

  constructor(cell: Cell, settings: Settings) {
    const { length, seed, steps } = settings;
    // Each net begins anew with the seed, so that it does not matter which others there are.
    manualSeed(seed);
    this.net = new Net(cell, settings);
    const generator = new Generator().manualSeed(seed);
    this.heldOut = draw(heldOutCount, length, generator);
    const batches = {
      *[Symbol.iterator]() {
        for (let i = 0; i < every; i++) yield draw(batchSize, length, generator);
      },
    };
    const training = fit(this.net, batches, {
      optimizer: new optim.Adam(this.net.parameters(), { lr: 0.01 }),
      loss: nn.functional.crossEntropy,
      epochs: Math.ceil(steps / every),
      clip: 1,
      metrics: { accuracy },
      validate: [this.heldOut],
    });
    this.events = training[Symbol.asyncIterator]();
  }

  /** Before anything is learnt. */
  async begun(): Promise<CellReport> {
    const options = { loss: nn.functional.crossEntropy, metrics: { accuracy } };
    return { loss: null, measured: this.measured(await evaluate(this.net, [this.heldOut], options)) };
  }

  /** Learns from one batch. */
  async next(): Promise<CellReport> {
    const { step, loss }: StepEvent = (await this.events.next()).value;
    if (step % every !== 0) return { loss, measured: null };
    const { validation }: EpochEvent = (await this.events.next()).value;
    return { loss, measured: validation && this.measured(validation) };
  }

  private measured({ loss, metrics }: Awaited<ReturnType<typeof evaluate>>): Measured {
    const [input, target] = this.heldOut;
    const { layers } = activity(this.net.rnn, input, (output) =>
      nn.functional.crossEntropy(this.net.read(output), target),
    );
    return { loss, accuracy: metrics.accuracy, gradient: overTime(layers) };
  }
}

/**
 * Reports, the first of them before anything is learnt: `for await (const report of training)`. It is paused until
 * `resume()`.
 * @throws what `fit` throws, where a loss is no number any more
 */
export class Training implements AsyncIterable<Report> {
  private readonly pupils: readonly (readonly [Cell, Pupil])[];
  /** How many steps may be taken: none while it is paused. */
  private allowed = 0;
  private wake = () => {};

  constructor(readonly settings: Settings) {
    this.pupils = settings.cells.map((cell) => [cell, new Pupil(cell, settings)]);
  }

  resume(): void {
    this.allow(Infinity);
  }

  pause(): void {
    this.allow(0);
  }

  /** Takes one step more, and pauses. */
  step(): void {
    this.allow(Number.isFinite(this.allowed) ? this.allowed + 1 : 1);
  }

  private allow(steps: number): void {
    this.allowed = steps;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Report, void, undefined> {
    yield await this.report(0, (pupil) => pupil.begun());
    for (let step = 1; step <= this.settings.steps; step++) {
      while (this.allowed === 0) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
      this.allowed--;
      yield await this.report(step, (pupil) => pupil.next());
    }
  }

  private async report(step: number, ask: (pupil: Pupil) => Promise<CellReport>): Promise<Report> {
    const cells: Partial<Record<Cell, CellReport>> = {};
    // In turn: all draw their dropout from one stream of random numbers.
    for (const [cell, pupil] of this.pupils) cells[cell] = await ask(pupil);
    return { step, cells };
  }

  /** The net: weights, and what its weights do not say. */
  net(cell: Cell): Net {
    const found = this.pupils.find(([name]) => name === cell);
    if (found === undefined) throw new Error(`${cell} is not trained: ${this.settings.cells.join(", ")}`);
    return found[1].net;
  }

  /** The bytes of a `.pt` file, for `torch.load(path, weights_only=True)`: the state dict, and what the net was made with. */
  save(cell: Cell): Uint8Array<ArrayBuffer> {
    const net = this.net(cell);
    const { cells: _, ...settings } = this.settings;
    // A net has not each option that is set: as in `layerOf`.
    const config = { cell, ...settings, dropout: net.rnn.dropout, projection: net.rnn.projSize };
    return encodeTorch({ model_state_dict: net.stateDict(), config });
  }
}
