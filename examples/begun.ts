/** What the examples have in common: a net about to be trained, and the file with which its twin in PyTorch begins. */

import { type FloatDType, type nn, Tensor } from "elman-nn";
import { type Savable, saveTorch } from "elman-nn/checkpoint";
import type { FitOptions, Trained } from "elman-nn/train";

/** At full length, in under a minute, or as small as the tests compare it with PyTorch. */
export type Length = "full" | "quick" | "small";

/** Batches of input and target, an epoch at each pass. */
export type Batches<I> = (Iterable<readonly [I, Tensor]> | AsyncIterable<readonly [I, Tensor]>) & {
  readonly length: number;
};

type Options = Required<Pick<FitOptions<Tensor, Tensor>, "optimizer" | "scheduler" | "loss" | "epochs" | "clip">>;

/** What `fit` is given, and what train.py must know besides. */
export interface Begun<I, M extends nn.Module = nn.Module> {
  readonly model: Trained<I, Tensor> & M;
  readonly training: Batches<I>;
  readonly options: Options & Pick<FitOptions<Tensor, Tensor>, "metrics"> & { readonly validate: Batches<I> };
  /** What the model is made with. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Where the rate is greatest. */
  readonly lr: number;
}

/** The first batches, epoch after epoch. */
export async function firstBatches<I>({ training }: Begun<I>, count: number): Promise<(readonly [I, Tensor])[]> {
  const batches: (readonly [I, Tensor])[] = [];
  while (batches.length < count) {
    for await (const batch of training) if (batches.push(batch) === count) break;
  }
  return batches;
}

/** The floats in lists and records of tensors, in a dtype. */
export function converted<T>(batch: T, dtype: FloatDType): T {
  if (batch instanceof Tensor) return (batch.dtype === "int32" ? batch : batch.to(dtype)) as T;
  if (Array.isArray(batch)) return batch.map((one) => converted(one, dtype)) as T;
  if (typeof batch !== "object" || batch === null) return batch;
  return Object.fromEntries(Object.entries(batch).map(([name, one]) => [name, converted(one, dtype)])) as T;
}

/** The file that train.py begins with: the weights as they are, and some batches. */
export async function saveBegun<I>(begun: Begun<I>, batches: readonly unknown[], file: string): Promise<void> {
  const { sizes, model, lr, options, training } = begun;
  const steps = options.epochs * training.length;
  await saveTorch({ sizes, lr, steps, model: model.stateDict(), batches: batches as Savable }, file);
}
