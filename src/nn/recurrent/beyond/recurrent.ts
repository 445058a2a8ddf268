/**
 * `Recurrent`: any cell, in layers and directions, over every form of input, with what PyTorch's layers lack. RNN, LSTM and
 * GRU stay exactly PyTorch's: what is beyond them stands here alone.
 */

import { checkOptions, fail, typed } from "../../../base/errors.js";
import type { Cell } from "../../../device/cell.js";
import type { Stage, Weights } from "../../../device/device.js";
import type { FloatDType } from "../../../device/value.js";
import { openStream, type Stream, type StreamOptions } from "../../../stream/stream.js";
import { cat } from "../../../tensor/combine.js";
import { ones, tensor, zeros } from "../../../tensor/create.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { checkSameDType } from "../../checks.js";
import { dropout } from "../../functional/index.js";
import { Module } from "../../module.js";
import { blank, checkParameter, checkShape, type Direction, runLayer, runStack, warnOfDropout } from "../directions.js";
import { checkForm, formOf, restored } from "../forms.js";
import type { Lengths } from "../layout.js";
import type { PackedSequence } from "../packed.js";
import { beginning, type Course, courseOf, ending, inOrder, type Resets } from "./course.js";
import { type AnyCell, type CellModule, moduleOf, recordOf, type StateOf, stateSizesOf, stepOf } from "./kinds.js";
import { described, initialName, Made, type MadeLine, stagesOf } from "./made.js";
import { drawMembers, type Line, lineWeights, membersOf } from "./members.js";
import { checkStateSizes, type RecurrentOptions, type Settings, settingsOf } from "./options.js";
import { type OneStep, type Scanned, scan, zoneout } from "./scan.js";
import { joinStates, listStates, type StateForm, splitStates } from "./states.js";

/** What `forward` takes beside input and initial state. */
export interface RecurrentForwardOptions {
  /** The number of real steps of each sequence of a padded batch, 0 … T, as for `LSTM`. */
  lengths?: Lengths | null;
  /**
   * Bools `[T, N]` (`[N, T]` with batchFirst, `[T]` unbatched, a PackedSequence of bools for packed input): where one is
   * true, a sequence goes on from the initial state of the layer, as if it began there. A reverse direction begins anew
   * at the step before. The state that is given counts for the first piece alone.
   */
  resets?: Resets | PackedSequence | null;
  /** Whether to give every layer's outputs and every step's states. */
  returnAll?: boolean;
}

/** What `forward` gives with `returnAll`; every tensor of steps is in the form of the input. */
export interface Everything<State> {
  /** The output of each layer, `[T, N, D·H]`. */
  readonly outputs: Tensor[];
  /** Of each layer each state after every step, `[T, N, D·H]`: h, then what else the cell has. */
  readonly states: Tensor[][];
  /** The final state, as `forward` gives it otherwise. */
  readonly final: State;
}

/**
 * A recurrent layer of any cell: `new Recurrent(nn.recurrentCells.layerNormLSTM, inputSize, hiddenSize, options)`. The cell
 * is a record, which the device runs over the whole sequence at once; or a module whose `forward(x, state)` gives the new
 * state, which is called step by step, given as its class or as a function that makes it for each layer and direction.
 * With a record of PyTorch's the numbers are those of its layer, bit for bit.
 */
export class Recurrent<C extends AnyCell = AnyCell, H extends number | readonly number[] = number> extends Module {
  static override name = "Recurrent";

  /** Features of a step, C. */
  readonly inputSize: number;
  /** Units, H: of all layers, or of each. */
  readonly hiddenSize: H;
  /** May be changed at any time; read at each forward. */
  dropout: number;
  /** @internal Set where the one direction reads the sequence from its end, as a node of ONNX may. */
  declare reverse?: true;
  private readonly made: Made;

  /**
   * @param cell a record of `nn.recurrentCells` or of your own, a module's class, a function that makes modules, or a module
   * @param inputSize features of a step, C
   * @param hiddenSize units, H; a list has one number a layer
   * @throws ElmanError for a record whose facts cannot be true, and by name for options that do not go together
   */
  constructor(cell: C, inputSize: number, hiddenSize: H, options: RecurrentOptions = {}) {
    super();
    const record = recordOf(cell);
    const settings = settingsOf(record, inputSize, hiddenSize, options);
    const { numLayers, bidirectional, projSize, bias, biasMode, dtype } = settings;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.dropout = settings.dropout;
    const D = bidirectional ? 2 : 1;
    const biases = !bias ? 0 : biasMode === "single" ? 1 : 2;
    let width = inputSize;
    const lines = settings.sizes.flatMap((H, layer) => {
      const both = Array.from({ length: D }, (_, d) => {
        const suffix = `_l${layer}${d === 1 ? "_reverse" : ""}`;
        if (record !== null) {
          const line: Line = { cell: record, inputSize: width, hiddenSize: H, projSize, biases };
          const states = Array.from({ length: record.states }, (_, s) => (s === 0 ? projSize || H : H));
          for (const { name, shape } of membersOf(line)) this.put(name + suffix, blank(shape, dtype));
          return { suffix, line, states };
        }
        const module = moduleOf(cell as CellModule, numLayers * D === 1, width, H);
        this.put(`cell${suffix}`, module);
        return { suffix, line: null, states: stateSizesOf(module, H) };
      });
      if (settings.initialState === "learned") {
        for (const { suffix, states } of both) {
          for (const [s, size] of states.entries()) this.put(initialName(s, suffix), blank([size], dtype));
        }
      }
      width = D * both[0].states[0];
      return both;
    });
    const states = lines.map(({ states }) => states);
    checkStateSizes(record?.name ?? "a module", { ...options, numLayers }, typeof hiddenSize !== "number", states);
    warnOfDropout(settings.dropout, numLayers);
    this.made = new Made(record, settings, lines);
    this.resetParameters();
  }

  /** The record that runs, or null where the cell is a module. */
  get cell(): Cell | null {
    return this.made.cell;
  }

  /** How many layers are stacked. */
  get numLayers(): number {
    return this.made.settings.numLayers;
  }

  /** Whether a second direction reads the sequence from its end: D is 2. */
  get bidirectional(): boolean {
    return this.made.settings.bidirectional;
  }

  /** Whether batched input and output are `[N, T, …]`. */
  get batchFirst(): boolean {
    return this.made.settings.batchFirst;
  }

  /** @internal The options, with their defaults. */
  get settings(): Settings {
    return this.made.settings;
  }

  /** Draws every parameter anew, as the option `init` says; learned states become zeros. A module's own are left to it. */
  resetParameters(): void {
    const { lines, settings } = this.made;
    for (const { suffix, line, states } of lines) {
      if (line !== null) {
        const tensors = membersOf(line).map(({ name }) => [name, this.field(name + suffix) as Tensor] as const);
        drawMembers(line, new Map(tensors), settings.init, settings.forgetBias);
      }
      if (settings.initialState === "zeros") continue;
      for (const s of states.keys()) (this.field(initialName(s, suffix)) as Tensor).detach().fill_(0);
    }
  }

  /**
   * Every layer's outputs and every step's states.
   * @param input `[T, N, C]`, `[N, T, C]` with `batchFirst`, or `[T, C]`
   * @param hx the initial state: `[S, N, H]`, S = numLayers·directions, or one for each of the cell's states in a list;
   *   `[N, S, H]` with `stateBatchFirst`, `[S, H]` unbatched; with a list of sizes S tensors `[N, H]`. Null stands for
   *   zeros, or for what was learned
   * @returns each in the form of the input, and the final state in that of `hx`
   * @throws ElmanError for every shape, dtype or option that does not fit
   */
  override forward(
    input: Tensor,
    hx: Readonly<StateOf<C, H>> | null,
    options: RecurrentForwardOptions & { returnAll: true },
  ): Everything<StateOf<C, H>>;
  /**
   * The output of the last layer, and the final state.
   * @param input `[T, N, C]`, `[N, T, C]` with `batchFirst`, or `[T, C]`
   * @param hx the initial state: `[S, N, H]`, S = numLayers·directions, or one for each of the cell's states in a list;
   *   `[N, S, H]` with `stateBatchFirst`, `[S, H]` unbatched; with a list of sizes S tensors `[N, H]`. Null stands for
   *   zeros, or for what was learned
   * @returns the output `[T, N, D·H]` in the form of the input, and the final state in that of `hx`
   * @throws ElmanError for every shape, dtype or option that does not fit
   */
  override forward(
    input: Tensor,
    hx?: Readonly<StateOf<C, H>> | null,
    options?: RecurrentForwardOptions & { returnAll?: false },
  ): [Tensor, StateOf<C, H>];
  override forward(
    input: Tensor,
    hx: Readonly<StateOf<C, H>> | null = null,
    options: RecurrentForwardOptions = {},
  ): [Tensor, StateOf<C, H>] | Everything<StateOf<C, H>> {
    checkOptions("Recurrent.forward()", options, ["lengths", "resets", "returnAll"]);
    const { lengths = null, resets = null, returnAll = false } = options;
    typed("returnAll", returnAll, "bool");
    const { settings, lines } = this.made;
    const name = "Recurrent";
    checkForm(input, lengths, name, name);
    const { dtype, stateForm } = this;
    const given = listStates(hx, stateForm);
    const stacked = stateForm.listed ? null : (given as Tensor[] | null);
    const { inputSize } = this;
    const form = formOf(input, stacked, lengths, { name, inputSize, dtype, batchFirst: settings.batchFirst });
    if (form.T === 0) fail("RuntimeError", "Expected sequence length to be larger than 0 in RNN");
    const course = courseOf(name, form, resets);
    const pieces = given && splitStates(given, stateForm, form, dtype);
    const D = settings.bidirectional ? 2 : 1;
    const way = (line: number) => (this.reverse ? 1 : line % D);
    const initial = lines[0].states.map((_, s) =>
      lines.map((line, i) => beginning(this.initial(line, s, dtype), pieces?.[s][i] ?? null, form.N, way(i), course)),
    );
    const [outputs, every]: [Tensor[], Tensor[][]] = [[], []];
    const [rows, finals] = runStack(
      settings.numLayers,
      D,
      course.rows,
      initial,
      (layer, rows, begin) => {
        const results = this.runOne(layer, rows, begin, course, form.N, returnAll);
        if (returnAll)
          every.push(
            begin[0].map((_, s) =>
              cat(
                results.flatMap(({ every }) => every[s]),
                1,
              ),
            ),
          );
        return results.flatMap(({ every, final }) => [every[0], ...final]);
      },
      (output, layer, before) => {
        const whole = settings.residual && layer > 0 ? output.add(before) : output;
        outputs.push(whole);
        return layer < settings.numLayers - 1 ? dropout(whole, this.dropout, this.training) : whole;
      },
    );
    const shaped = (rows: Tensor): Tensor => restored(inOrder(rows, course), form) as Tensor;
    const states = finals.map((list) =>
      joinStates(
        list.map((one, i) => ending(one, way(i), course)),
        stateForm,
        form,
      ),
    );
    const final = (states.length === 1 ? states[0] : states) as StateOf<C, H>;
    if (!returnAll) return [shaped(rows), final];
    return { outputs: outputs.map(shaped), states: every.map((list) => list.map(shaped)), final };
  }

  /**
   * As `forward`, of packed sequences: a name of its own, so that the state a loop carries on has a type.
   * @param input packed rows `[R, C]`
   * @param hx the initial state, as `forward` takes it, in the caller's order
   */
  forwardPacked(
    input: PackedSequence,
    hx: Readonly<StateOf<C, H>> | null = null,
    options: Pick<RecurrentForwardOptions, "resets"> = {},
  ): [PackedSequence, StateOf<C, H>] {
    return this.forward(input as never, hx, options as never) as never;
  }

  /**
   * The layer at work on a signal that never ends, as `LSTM.stream()`: of any record, in one direction.
   * @throws ValueError for what needs the future, or what a step of a stream does not know, by its name
   */
  stream(options?: StreamOptions): Stream {
    const where = "Recurrent.stream()";
    return openStream(where, this.streamStages(where), options);
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    if (this.reverse) fail("ValueError", `${where} expected one direction, got reverse=true, which needs the future`);
    return stagesOf(where, this.made, ({ line, suffix }) => this.weights(line as Line, suffix, this.dtype));
  }

  /** One layer: of each direction its states after every step (of a run in one piece h alone), and its final ones. */
  private runOne(
    layer: number,
    rows: Tensor,
    begin: readonly (readonly Tensor[])[],
    { steps, pieces }: Course,
    N: number,
    all: boolean,
  ): Scanned[] {
    const { cell, lines, settings } = this.made;
    const { dtype } = this;
    const own = lines.slice(layer * begin.length, (layer + 1) * begin.length);
    /** One mask a sequence. */
    const mask = (p: number, size: number): Tensor | null => {
      if (!this.training || p === 0) return null;
      const drawn = dropout(ones([N, size], { dtype }), p);
      return pieces === null ? drawn : drawn.indexSelect(0, pieces.owner);
    };
    const hidden = mask(settings.inputDropout, rows.size(1));
    if (hidden !== null) rows = rows.mul(hidden.indexSelect(0, sequencesOf(steps)));
    const masks = own.map(({ states }) => mask(settings.recurrentDropout, states[0]));
    const mixes = own.map(({ states }) =>
      states.map((size, s) => zoneout(settings.zoneout[s === 0 ? "h" : "c"], rows.size(0), size, this.training)),
    );
    const directions = begin.map((initial, d): Direction | null => {
      const { line, suffix } = own[d];
      const given = masks[d];
      return line && { initial, weights: this.weights(line, suffix, dtype), ...(given && { mask: given }) };
    });
    const atOnce = mixes.flat().every((mix) => mix === null) && !(all && own[0].states.length > 1);
    if (cell !== null && atOnce) {
      const results = runLayer(cell, steps, rows, directions as Direction[], this.reverse);
      const width = 1 + cell.states;
      return own.map((_, d) => ({ every: [results[d * width]], final: results.slice(d * width + 1, (d + 1) * width) }));
    }
    return directions.map((direction, d) => {
      const { suffix, states } = own[d];
      const step: OneStep =
        direction === null || cell === null
          ? stepOf(this.field(`cell${suffix}`) as CellModule, states)
          : (input, initial) => {
              const { mask } = direction;
              const now = mask && { mask: mask.narrow(0, 0, input.size(0)) };
              return runLayer(cell, [input.size(0)], input, [{ ...direction, initial, ...now }]).slice(1);
            };
      return scan(steps, rows, begin[d], this.reverse ?? d === 1, step, mixes[d]);
    });
  }

  /** The weights of one layer and direction, each checked to be what the options ask for. */
  private weights(line: Line, suffix: string, dtype: FloatDType): Weights<Tensor> {
    return lineWeights(line, dtype, (member) => {
      const { shape } = member;
      const name = member.name + suffix;
      const weight = this.field(name);
      checkParameter(weight, name, (came) => `Recurrent: Expected a Tensor as ${name}, got ${came}`);
      checkShape("Recurrent", name, weight, shape);
      checkSameDType(dtype, weight.dtype);
      return weight;
    });
  }

  /** The state that a sequence begins with where none is given, `[1, size]`. */
  private initial({ suffix, states }: MadeLine, s: number, dtype: FloatDType): Tensor {
    if (this.made.settings.initialState === "zeros") return zeros([1, states[s]], { dtype });
    const name = initialName(s, suffix);
    const learned = this.field(name);
    checkParameter(learned, name, (came) => `Recurrent: Expected a Tensor as ${name}, got ${came}`);
    checkShape("Recurrent", name, learned, [states[s]]);
    return learned.unsqueeze(0);
  }

  /** The dtype that input and states must have: that of the first parameter. */
  private get dtype(): FloatDType {
    const [first] = this.parameters();
    return (first?.dtype ?? "float32") as FloatDType;
  }

  private get stateForm(): StateForm {
    const { lines, settings } = this.made;
    const sizes = lines.map(({ states }) => states);
    return { sizes, listed: typeof this.hiddenSize !== "number", batchFirst: settings.stateBatchFirst };
  }

  protected override extraRepr(): string {
    return described(this.made, this.inputSize, this.dropout) + (this.reverse ? ", reverse=True" : "");
  }

  private put(name: string, field: unknown): void {
    Object.assign(this, { [name]: field });
  }

  private field(name: string): unknown {
    return (this as unknown as Record<string, unknown>)[name];
  }
}

/** The sequence of each packed row. */
function sequencesOf(steps: readonly number[]): Tensor {
  return tensor(Int32Array.from(steps.flatMap((n) => [...Array(n).keys()])));
}
