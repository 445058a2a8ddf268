/** `Recurrent` of every record, with options drawn at random, against test/fixtures/beyond.py. */

import { nn, type Tensor } from "../../src/index.js";
import { type BeyondCase, beyondResults, type CellName, layerOf } from "../support/beyond.js";
import { Chance } from "./draw.js";
import { type Oracle, send, snakeCase } from "./process.js";
import { type Check, compared, drawnDType, drawnTensor } from "./training.js";

const cells = Object.keys(nn.recurrentCells) as CellName[];

function drawnOptions(
  chance: Chance,
  cell: CellName,
  sizes: number[],
  alike: boolean,
  masks: boolean,
): nn.RecurrentOptions {
  const { recurrent, states } = nn.recurrentCells[cell] as { recurrent: string; states: number };
  const bias = chance.chance(0.8);
  const random = (share: number) => (masks && chance.chance(share) ? 0.1 + 0.5 * chance.fraction() : 0);
  const zoneout = { h: random(0.2), c: states > 1 ? random(0.2) : 0 };
  const P = Math.min(...sizes);
  return {
    ...{ bias, bidirectional: chance.chance(0.4), batchFirst: chance.chance(0.5) },
    stateBatchFirst: alike && chance.chance(0.5),
    biasMode: bias && chance.chance(0.3) ? "single" : "torch",
    initialState: chance.chance(0.4) ? "learned" : "zeros",
    residual: sizes.length > 1 && alike && chance.chance(0.4),
    recurrentDropout: recurrent === "none" ? 0 : random(0.3),
    inputDropout: random(0.2),
    dropout: sizes.length > 1 ? random(0.2) : 0,
    projSize: P > 1 && (states > 1 || cell.startsWith("rnn")) && chance.chance(0.2) ? chance.whole(1, P - 1) : 0,
    ...(zoneout.h + zoneout.c > 0 && { zoneout }),
  };
}

/** Output, final states and all gradients. Where masks are drawn, sequences are of one length and go on without resets. */
export async function checkBeyond(oracle: Oracle, seed: number, index: number, masksAgree: boolean): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const cell = cells[index % cells.length];
  const [T, N, C] = [chance.size(7), chance.size(5), chance.size(8)];
  const alike = chance.chance(0.7);
  const H = chance.size(9);
  const sizes = Array.from({ length: chance.whole(1, 3) }, () => (alike ? H : chance.size(9)));
  const draws = masksAgree && chance.chance(0.4);
  const one: BeyondCase = {
    ...{
      cell,
      sizes,
      options: drawnOptions(
        chance,
        cell,
        sizes,
        sizes.every((size) => size === sizes[0]),
        draws,
      ),
    },
    lengths: !draws && chance.chance(0.5) ? Array.from({ length: N }, () => chance.whole(0, T)) : null,
    resets:
      !draws && chance.chance(0.4)
        ? Array.from({ length: T }, () => Array.from({ length: N }, () => chance.chance(0.3)))
        : null,
    ...{ seed: chance.seed(), training: chance.chance(0.8) },
  };
  const layer = layerOf(one, dtype, C);
  const named = [...layer.namedParameters()];
  const parameters = named.map(([, p]) => drawnTensor(chance, p.shape, dtype));
  for (const [i, [, p]] of named.entries()) p.detach().copy_(parameters[i]);
  const input = drawnTensor(chance, [T, N, C], dtype);
  const { states: count = 1 } = layer.cell ?? {};
  const D = one.options.bidirectional ? 2 : 1;
  const width = (s: number, size: number) => (s === 0 && one.options.projSize ? one.options.projSize : size);
  const states = chance.chance(0.5)
    ? Array.from({ length: count }, (_, s) =>
        sizes.flatMap((size) => Array.from({ length: D }, () => drawnTensor(chance, [N, width(s, size)], dtype))),
      )
    : null;
  const last = sizes[sizes.length - 1];
  const shapes = [
    [T, N, D * width(0, last)],
    ...Array.from({ length: count }, (_, s) => sizes.flatMap((size) => Array(D).fill([N, width(s, size)]))).flat(),
  ];
  const weights: Tensor[] = shapes.map((shape) => drawnTensor(chance, shape, dtype));
  const { zoneout, ...options } = one.options;
  const ask = {
    ...{ dtype, cell, sizes, lengths: one.lengths, resets: one.resets, seed: one.seed, training: one.training },
    options: { ...snakeCase(options), ...(typeof zoneout === "object" && { zoneout: [zoneout.h, zoneout.c] }) },
    ...{ names: named.map(([name]) => name), parameters: parameters.map(send), input: send(input) },
    ...{ states: states?.map((parts) => parts.map(send)) ?? null, weights: weights.map(send) },
  };
  const found = await compared(
    oracle,
    "beyond",
    ask,
    () => beyondResults(one, layer, input, states, (i) => weights[i]),
    "beyond_neighbours",
  );
  return { title: JSON.stringify({ dtype, T, N, C, given: states !== null, ...one }), problems: found };
}
