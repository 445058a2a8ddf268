/**
 * Tensors while a pickle is being read: views of storages whose numbers come later.
 *
 * Reading a pickle only promises storages; every view is checked against the size that its storage claims, and the sum
 * of all claims against the budget. Then the claims are held against the file, and only then is memory taken. So
 * twenty views of one storage cost that storage once, and a lie costs nothing.
 */

import type { OwnBytes } from "../../base/realm.js";
import { listText, numel, rowMajor, type Shape, type View } from "../../base/shape.js";
import { type DType, type Storage, type TypedArray, Value, wrap } from "../../device/value.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Budget } from "../bytes/budget.js";
import { refuse } from "../bytes/text.js";
import { decode, type Target } from "./decode.js";
import { type FileDType, fileDTypes, isWide, rememberOrigin, type WideDType } from "./dtypes.js";
import type { WideTensor } from "./wide.js";

/** The bytes of one storage of the file, whatever their dtype. */
export interface Region {
  /** The file's name for it. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Part of a region under one dtype, as a pickle refers to it. */
export class StorageReference {
  constructor(
    readonly region: Region,
    /** null for bytes of no dtype, which the tensor brings. */
    readonly dtype: FileDType | null,
    /** Elements before and in it. */
    readonly begin: number,
    readonly count: number,
  ) {}
}

/** All that is made of one region under one dtype. */
interface Claim {
  /** Null where the numbers are 64 bits wide. */
  readonly storage: { -readonly [K in keyof Storage]: Storage[K] } | null;
  /** Whoever waits for the numbers. */
  readonly waiting: ((data: Target) => void)[];
}

/** How the reading of one file wants its whole numbers. */
export type WholeNumbers = "int32" | "bigint";

const none = new Float32Array();
const noneWide = new BigInt64Array();

export class Storages {
  private readonly claims = new Map<Region, Map<FileDType, Claim>>();

  constructor(
    private readonly where: string,
    readonly budget: Budget,
    private readonly int64: WholeNumbers,
    /** Whether tensors are wanted for their names, dtypes and shapes alone, so that no numbers are read. */
    readonly isOutline = false,
  ) {}

  /**
   * A tensor over part of a storage.
   * @throws RuntimeError where the view reaches beyond the storage
   */
  tensor(
    from: StorageReference,
    offset: number,
    shape: Shape,
    strides: Shape,
    dtype = from.dtype,
  ): Tensor | WideTensor {
    if (dtype === null) return refuse(this.where, `storage '${from.region.key}' has no dtype`);
    const { size } = fileDTypes[dtype];
    // In elements of this dtype, whatever dtype the reference counts in.
    const unit = from.dtype === null ? 1 : fileDTypes[from.dtype].size;
    const begin = (from.begin * unit) / size;
    const count = Math.floor((from.count * unit) / size);
    const total = numel(shape);
    const isEmpty = shape.includes(0);
    const last = shape.reduce((sum, length, i) => sum + (length - 1) * strides[i], offset);
    const isCountable = Number.isSafeInteger(total) && (isEmpty || Number.isSafeInteger(last));
    if (!isCountable || shape.length !== strides.length || shape.length > 64) {
      refuse(this.where, `a tensor has shape ${listText(shape)}, strides ${listText(strides)} and offset ${offset}`);
    }
    if (!isEmpty && (last >= count || !Number.isInteger(begin))) {
      refuse(
        this.where,
        `setStorage: sizes ${listText(shape)}, strides ${listText(strides)}, storage offset ${offset} are out of bounds for storage '${from.region.key}' of size ${count}`,
      );
    }
    const claim = this.claim(from.region, dtype);
    // What repeats elements is more than its storage as soon as anybody lays it out.
    if (total > count) this.budget.spend(total * 4, `a tensor of shape ${listText(shape)} over ${count} elements`);
    const view = isEmpty ? { shape, strides: rowMajor(shape), offset: 0 } : { shape, strides, offset: begin + offset };
    if (claim.storage !== null) return new Tensor(new Value(claim.storage, view));
    this.budget.spend(total * 8, `a tensor of shape ${listText(shape)}`);
    const wide = { dtype: dtype as WideDType, shape, data: noneWide as WideTensor["data"] };
    claim.waiting.push((data) => (wide.data = gathered(data as WideTensor["data"], view)));
    return wide;
  }

  private claim(region: Region, dtype: FileDType): Claim {
    let under = this.claims.get(region);
    if (under === undefined) this.claims.set(region, (under = new Map()));
    let claim = under.get(dtype);
    if (claim === undefined) {
      const format = fileDTypes[dtype];
      const count = Math.floor(region.size / format.size);
      const asWide = isWide(dtype) && this.int64 === "bigint";
      this.budget.spend(count * (asWide ? 8 : widths[format.dtype]), `storage '${region.key}'`);
      const storage: Claim["storage"] = asWide ? null : wrap(format.dtype, none as TypedArray, [0]).storage;
      claim = { storage, waiting: [] };
      if (storage !== null) {
        rememberOrigin(storage, dtype);
        claim.waiting.push((data) => (storage.data = data as TypedArray));
      }
      under.set(dtype, claim);
    }
    return claim;
  }

  /** Makes numbers of a region's bytes, whose memory is theirs from then on. */
  fill(region: Region, bytes: OwnBytes, order: "little" | "big" = "little"): void {
    const claims = this.claims.get(region) ?? new Map<FileDType, Claim>();
    for (const [dtype, { storage, waiting }] of claims) {
      const own = claims.size === 1 ? bytes : bytes.slice();
      const data = decode(`${this.where}: storage '${region.key}'`, dtype, own, order, storage === null);
      for (const take of waiting) take(data);
    }
  }
}

const widths: Record<DType, number> = { float32: 4, float64: 8, int32: 4, bool: 1 };

/** The elements of a view in row-major order. */
function gathered<A extends WideTensor["data"]>(data: A, { shape, strides, offset }: View): A {
  const out = new (data.constructor as new (count: number) => A)(numel(shape));
  const steps = rowMajor(shape);
  for (let i = 0; i < out.length; i++) {
    let at = offset;
    for (let d = 0; d < shape.length; d++) at += (Math.floor(i / steps[d]) % shape[d]) * strides[d];
    out[i] = data[at];
  }
  return out;
}
