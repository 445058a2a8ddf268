/**
 * Weights in the form in which the kernels read them, kept in their memory from call to call: packed once, and again
 * when whoever trains has bumped the storage's version. Released when the storage is collected, or, the longest unused
 * first, when there are too many.
 */

import { permuteView } from "../../base/shape.js";
import { laidOut } from "../js/elementwise.js";
import { elements, type Storage, type Value } from "../value.js";
import { whenCollected } from "./collected.js";
import { type Memory, padded } from "./memory.js";
import type { Kernels } from "./module.js";

/** Which part of a storage is packed, and how. */
interface Form {
  readonly offset: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly kind: "panels" | "turned" | "taps";
}

interface Pack extends Form {
  readonly at: number;
  readonly count: number;
  version: number;
  /** The call that used it last. */
  call: number;
  /** The storage's others, and this. */
  readonly list: Pack[];
}

export class Packs {
  private readonly byStorage = new WeakMap<Storage, Pack[]>();
  /** All of them, the longest unused first. */
  private readonly all = new Set<Pack>();
  private readonly collected = whenCollected((list: Pack[]) => {
    for (const pack of [...list]) this.drop(pack);
  });
  private call = 0;
  private held = 0;

  /** @param most floats that are kept, beyond what one call needs: a gigabyte would be a quarter of all there is */
  constructor(
    readonly kernels: Kernels,
    readonly memory: Memory,
    private readonly most = 2 ** 26,
  ) {}

  /** Begins a call: what is asked for from here on stays until the next one begins. */
  begin(): void {
    this.call++;
  }

  /**
   * Panels of b for products a·b: b is the weight, or with `turned` its transpose. The weight is row-major, its rows
   * come in blocks of `height`, each padded. Forgets all scratch.
   */
  panels(weight: Value, height: number, turned: boolean): number {
    const [rows, width] = weight.shape;
    const [tall, wide] = [(rows / height) * padded(height), padded(width)];
    const form = { offset: weight.offset, rows, width, height, kind: turned ? "turned" : "panels" } as const;
    return this.kept(weight.storage, form, tall * (turned ? width : wide), (at) => {
      const source = this.memory.loadBlocks(elements(weight) as Float32Array, height, width);
      if (turned) this.kernels.pack(source, 4, wide * 4, width, tall, at);
      else this.kernels.pack(source, wide * 4, 4, tall, wide, at);
    });
  }

  /** The weight [rows, C, taps] of a convolution, the channels of a tap side by side. Forgets all scratch. */
  taps(weight: Value): number {
    const [rows, width, height] = weight.shape;
    const form = { offset: weight.offset, rows, width, height, kind: "taps" } as const;
    return this.kept(weight.storage, form, rows * width * height, (at) => {
      this.memory.floats.set(laidOut(weight.at(permuteView(weight, [0, 2, 1]))) as Float32Array, at / 4);
    });
  }

  /** Where a form of a storage lies: of `count` floats, which `pack` writes if they are not those of its version. */
  private kept(storage: Storage, form: Form, count: number, pack: (at: number) => void): number {
    const list = this.packsOf(storage);
    let found = list.find(
      (one) =>
        one.kind === form.kind &&
        one.offset === form.offset &&
        one.rows === form.rows &&
        one.width === form.width &&
        one.height === form.height,
    );
    if (found?.version !== storage.version) {
      found ??= this.room(count, form, list);
      this.memory.reset();
      pack(found.at);
      found.version = storage.version;
    }
    found.call = this.call;
    this.all.delete(found);
    this.all.add(found);
    return found.at;
  }

  private packsOf(storage: Storage): Pack[] {
    const known = this.byStorage.get(storage);
    if (known !== undefined) return known;
    const list: Pack[] = [];
    this.byStorage.set(storage, list);
    this.collected.register(storage, list);
    return list;
  }

  private room(count: number, form: Form, list: Pack[]): Pack {
    for (const pack of this.all) {
      if (this.held + count <= this.most || pack.call === this.call) break;
      this.drop(pack);
    }
    const pack = { ...form, at: this.memory.hold(count), count, version: -1, call: this.call, list };
    this.held += count;
    this.all.add(pack);
    list.push(pack);
    return pack;
  }

  private drop(pack: Pack): void {
    pack.list.splice(pack.list.indexOf(pack), 1);
    this.all.delete(pack);
    this.memory.release(pack.at, pack.count);
    this.held -= pack.count;
  }
}
