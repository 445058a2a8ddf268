/** A module as ONNX nodes: what every kind of step has. */

import type { Dimension, GraphBuilder } from "./builder.js";

/** An output of the model: what it is called, the value it is, its shape. */
export type Output = readonly [name: string, value: string, dims: readonly Dimension[]];

/** A value, and its shape. */
export interface Shaped {
  readonly value: string;
  readonly dims: readonly Dimension[];
}

/** A value, and the final states on the way to it. */
export interface Written extends Shaped {
  readonly finals: readonly Output[];
}

/** A module as it is written: it reads one value, as its forward does, and gives one. */
export interface Step {
  /** The size that one dimension of its input must have: −1 the last, 1 that of channels; null where any will do. */
  readonly takes: { readonly axis: -1 | 1; readonly size: number } | null;
  /** Whether it looks up whole numbers. */
  readonly looksUp?: boolean;
  /** How many dimensions behind the channels it reads; undefined where any number of them will do. */
  readonly space?: 1 | 2;
  /** Null where it has no state. */
  readonly recurrent: { readonly cell: boolean; readonly batchFirst: boolean } | null;
  /**
   * @param states what stands before the names of the states
   * @param lengths the input with the number of real steps of each sequence, or `""`
   */
  write(graph: GraphBuilder, input: Shaped, states: string, lengths: string): Written;
}

/** What a step without states does: the name of its value, and its shape where that is another. */
type Write = (graph: GraphBuilder, value: string, dims: readonly Dimension[]) => string | Shaped;

export function stateless(takes: Step["takes"], write: Write, more: Pick<Step, "looksUp" | "space"> = {}): Step {
  return {
    ...{ takes, recurrent: null, ...more },
    write(graph, { value, dims }) {
      const written = write(graph, value, dims);
      return { finals: [], ...(typeof written === "string" ? { value: written, dims } : written) };
    },
  };
}

/** What the last dimension is to be. */
export const features = (size: number) => ({ axis: -1, size }) as const;

/** What the dimension of channels is to be. */
export const channels = (size: number) => ({ axis: 1, size }) as const;

/** A shape with another last size. */
export const withFeatures = (dims: readonly Dimension[], size: number): Dimension[] => [...dims.slice(0, -1), size];
