/**
 * Weights in the form in which the kernels read them: packed once, and again when whoever trains has bumped the version
 * of their storage, with which they are collected.
 */

import type { FloatArray, Storage, Value } from "elman-nn/device";
import type { Binding } from "./binding.js";
import { aligned } from "./room.js";

/** A weight w as what rows are multiplied by: w, its transpose, or its transpose by units with all of their gates. */
export type Kind = "straight" | "turned" | "units";

interface Pack {
  readonly kind: Kind;
  readonly offset: number;
  readonly rows: number;
  readonly width: number;
  readonly data: FloatArray;
  version: number;
}

/** Numbers of packed [K, G·H], where a vector has so many. */
export const packedSize = (lanes: number, K: number, H: number, G: number): number =>
  K * G * Math.ceil(H / lanes) * lanes;

export class Packs {
  private readonly byStorage = new WeakMap<Storage, Pack[]>();

  constructor(private readonly binding: Binding) {}

  /**
   * @param weight `[G·H, K]` by units, otherwise `[rows, width]`
   * @param G the gates whose units stand together
   */
  of(weight: Value, kind: Kind, G = 1): FloatArray {
    const { storage, offset } = weight;
    const [rows, width] = weight.shape;
    let list = this.byStorage.get(storage);
    if (list === undefined) this.byStorage.set(storage, (list = []));
    let found = list.find(
      (one) => one.kind === kind && one.offset === offset && one.rows === rows && one.width === width,
    );
    if (found?.version !== storage.version) {
      const [K, H] = kind === "straight" ? [rows, width] : [width, rows / G];
      if (found === undefined) {
        const lanes = this.binding.lanes / (storage.dtype === "float64" ? 2 : 1);
        const data = aligned(this.binding, storage.dtype, packedSize(lanes, K, H, G));
        found = { kind, offset, rows, width, data, version: -1 };
        list.push(found);
      }
      const [row, column] = weight.strides;
      const [step, across] = kind === "straight" ? [row, column] : [column, row];
      this.binding.pack(storage.data as FloatArray, offset, step, across, K, H, G, found.data);
      found.version = storage.version;
    }
    return found.data;
  }
}
