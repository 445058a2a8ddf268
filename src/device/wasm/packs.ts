/**
 * Weights in the form in which the kernels read them, kept in their memory from call to call: packed once, and again
 * when whoever trains has bumped the storage's version. Released when the storage is collected, or, the longest unused
 * first, when there are too many.
 */

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
  readonly turned: boolean;
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
    const { storage, shape, offset } = weight;
    const [rows, width] = shape;
    const list = this.packsOf(storage);
    let pack = list.find(
      (one) =>
        one.turned === turned &&
        one.offset === offset &&
        one.rows === rows &&
        one.width === width &&
        one.height === height,
    );
    if (pack?.version !== storage.version) {
      const [tall, wide] = [(rows / height) * padded(height), padded(width)];
      pack ??= this.room(tall * (turned ? width : wide), { offset, rows, width, height, turned }, list);
      this.memory.reset();
      const source = this.memory.loadBlocks(elements(weight) as Float32Array, height, width);
      if (turned) this.kernels.pack(source, 4, wide * 4, width, tall, pack.at);
      else this.kernels.pack(source, wide * 4, 4, tall, wide, pack.at);
      pack.version = storage.version;
    }
    pack.call = this.call;
    this.all.delete(pack);
    this.all.add(pack);
    return pack.at;
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
