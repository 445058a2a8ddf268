import type { Cell } from "../../../src/device/cell.js";
import type { Sequence } from "../../../src/device/device.js";
import { allocate, type FloatDType, type Value, wrap } from "../../../src/device/value.js";

/** A dense sequence of numbers that follow from their places. */
export function sequence(
  cell: Cell,
  dtype: FloatDType,
  { T, N, C, H, reverse = false }: { T: number; N: number; C: number; H: number; reverse?: boolean },
): Sequence {
  let k = 0;
  const value = (...shape: number[]): Value => {
    const data = allocate(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    );
    for (let i = 0; i < data.length; i++) data[i] = ((i * 37 + ++k * 11) % 97) / 97 - 0.5;
    return wrap(dtype, data, shape);
  };
  const { gates: G, states } = cell;
  const own = Object.entries(cell.own?.(H) ?? {}).map(([name, shape]) => [name, value(...shape)]);
  return {
    cell,
    steps: Array<number>(T).fill(N),
    reverse,
    input: value(T * N, C),
    initial: Array.from({ length: states }, () => value(N, H)),
    weights: {
      ...{ ih: value(G * H, C), hh: value(G * H, H), biasIh: value(G * H), biasHh: value(G * H), hr: null },
      ...(own.length === 0 ? {} : { own: Object.fromEntries(own) }),
    },
  };
}
