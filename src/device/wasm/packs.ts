/**
 * Weights in the form in which the kernels read them, kept in their memory from call to call: packed once, and again
 * when whoever trains has bumped the storage's version. Released when the storage is collected, or, the longest unused
 * first, when there are too many.
 */

import { elements, type Storage, type Value } from "../value.js";
import { whenCollected } from "./collected.js";
import { type Memory, padded } from "./memory.js";
import type { Kernels } from "./module.js";

interface Pack {
  readonly at: number;
  readonly count: number;
  version: number;
  /** The call that used it last. */
  call: number;
  /** Takes it out of its storage's list. */
  readonly forget: () => void;
}

export class Packs {
  private readonly byStorage = new WeakMap<Storage, Map<string, Pack>>();
  /** All of them, the longest unused first. */
  private readonly all = new Set<Pack>();
  private readonly collected = whenCollected((packs: Map<string, Pack>) => {
    for (const pack of packs.values()) this.drop(pack);
  });
  private call = 0;
  private held = 0;

  /** @param most floats that are kept, beyond what one call needs: a gigabyte would be a quarter of all there is */
  constructor(
    private readonly kernels: Kernels,
    private readonly memory: Memory,
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
    const packs = this.packsOf(storage);
    const key = [offset, ...shape, height, turned].join();
    let pack = packs.get(key);
    if (pack?.version !== storage.version) {
      const [tall, width, wide] = [(shape[0] / height) * padded(height), shape[1], padded(shape[1])];
      pack ??= this.room(tall * (turned ? width : wide), () => packs.delete(key));
      packs.set(key, pack);
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

  private packsOf(storage: Storage): Map<string, Pack> {
    const known = this.byStorage.get(storage);
    if (known !== undefined) return known;
    const packs = new Map<string, Pack>();
    this.byStorage.set(storage, packs);
    this.collected.register(storage, packs);
    return packs;
  }

  private room(count: number, forget: () => void): Pack {
    for (const pack of this.all) {
      if (this.held + count <= this.most || pack.call === this.call) break;
      this.drop(pack);
    }
    const pack = { at: this.memory.hold(count), count, version: -1, call: this.call, forget };
    this.held += count;
    this.all.add(pack);
    return pack;
  }

  private drop(pack: Pack): void {
    pack.forget();
    this.all.delete(pack);
    this.memory.release(pack.at, pack.count);
    this.held -= pack.count;
  }
}
