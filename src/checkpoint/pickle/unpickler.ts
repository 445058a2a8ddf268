/**
 * What a pickle runs on: a stack, marks and a memo.
 *
 * Values are plain data and nothing is run: what a global is, and what may be called, its world says, name by name.
 * Every length is checked against the bytes that are left, and what the values will weigh is counted before they are
 * made, so that a file cannot make far more of itself than it is large.
 */

import { typeName } from "../../base/errors.js";
import type { Budget } from "../bytes/budget.js";
import { decodeText, refuse } from "../bytes/text.js";
import { addTo, type CheckpointValue, Opaque, OrderedDict, setIn } from "./values.js";

/** What may be called in a pickle: REDUCE hands it a tuple. As a value it is a name alone. */
export class Callable extends Opaque {
  constructor(
    name: string,
    readonly call: (args: readonly unknown[]) => unknown,
  ) {
    super(name);
  }
}

/** What a pickle refers to. */
export interface World {
  /** What a global stands for; throws for what is not allowed. */
  global(name: string): unknown;
  /** What a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** More marks than any value needs that is not nested too deeply. */
const mostMarks = 1000;

// What values weigh in memory, roughly: a file must not make many times its own size of itself. What is copied weighs
// `copy` times as much: a few bytes can have it copied again and again, which takes time.
export const weights = { copy: 4, map: 200, entry: 48, memo: 24, list: 56, item: 8, text: 32, call: 160, object: 400 };

/** Where what is put into an object goes: an opaque one keeps it apart. */
const inside = (object: unknown, kept: "items" | "entries"): unknown =>
  object instanceof Opaque && object.args !== null ? object[kept] : object;

export class Unpickler {
  private at = 0;
  /** Where the opcode began that is being run. */
  private opcodeAt = 0;
  /** Where the frame ends that was begun last. */
  private frameEnd = 0;
  private stack: unknown[] = [];
  private readonly below: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();
  private readonly data: DataView;

  /**
   * @param where how errors call the pickle
   * @param budget what its values may weigh
   */
  constructor(
    private readonly where: string,
    private readonly bytes: Uint8Array,
    private readonly world: World,
    private readonly budget: Budget,
  ) {
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Where the next pickle would begin. */
  get position(): number {
    return this.at;
  }

  /** Forgets everything but where it stands: a pickle begins. */
  begin(): void {
    this.stack = [];
    this.below.length = 0;
    this.memo.clear();
  }

  /** The next opcode. */
  opcode(): number {
    this.opcodeAt = this.at;
    return this.byte();
  }

  /** The value that a pickle ends with, which must be all that is left. */
  end(): unknown {
    const value = this.pop();
    if (this.stack.length > 0 || this.below.length > 0) this.refuse("ends with values left over");
    return value;
  }

  /** A mark, which what is pushed from now on stands above. */
  mark(): void {
    if (this.below.length >= mostMarks) this.refuse(`has more than ${mostMarks} open marks`);
    this.below.push(this.stack);
    this.stack = [];
  }

  /** A frame says how many bytes belong together, all of which must be there. */
  frame(): void {
    const length = this.length64();
    if (length > this.bytes.length - this.at) this.cutOff();
    if (this.at < this.frameEnd) this.refuse("has a frame in a frame");
    this.frameEnd = this.at + length;
  }

  float(): number {
    this.take(8);
    return this.data.getFloat64(this.at - 8, false);
  }

  persistent(): void {
    this.spend(weights.call);
    this.push(this.world.persistent(this.pop()));
  }

  private cutOff(): never {
    this.refuse("ends too early; the file is cut off");
  }

  refuse(what: string): never {
    return refuse(this.where, `pickle ${what}, at byte ${this.opcodeAt}`);
  }

  take(count: number): Uint8Array {
    if (count > this.bytes.length - this.at) this.cutOff();
    if (this.at < this.frameEnd && this.at + count > this.frameEnd) this.refuse("reads beyond the end of a frame");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  byte(): number {
    return this.take(1)[0];
  }

  word(): number {
    this.take(4);
    return this.data.getUint32(this.at - 4, true);
  }

  /** A length of 64 bits; more than the file can have is cut to what is surely too much. */
  length64(): number {
    this.take(8);
    return Number(this.data.getBigUint64(this.at - 8, true));
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0 && this.bytes.length - this.at < 1000) this.cutOff();
    if (end < 0 || end - this.at > 1000) this.refuse("has a name of more than 1000 bytes");
    const text = this.text(end - this.at);
    this.take(1);
    return text;
  }

  text(length: number): string {
    const bytes = this.take(length);
    this.spend(weights.text + length);
    return decodeText(`${this.where}: pickle, at byte ${this.opcodeAt},`, bytes);
  }

  blob(length: number): Uint8Array {
    const bytes = this.take(length);
    this.spend(weights.map + length);
    return bytes.slice();
  }

  spend(weight: number): void {
    this.budget.spend(weight, "the pickle");
  }

  push(value: unknown): void {
    this.spend(weights.item);
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) this.refuse("takes a value from an empty stack");
    return this.stack.pop();
  }

  top(): unknown {
    if (this.stack.length === 0) this.refuse("takes a value from an empty stack");
    return this.stack[this.stack.length - 1];
  }

  /** What was pushed since the last mark. */
  marked(): unknown[] {
    const before = this.below.pop();
    if (before === undefined) this.refuse("takes a mark that is not there");
    const items = this.stack;
    this.stack = before;
    return items;
  }

  tuple(items: unknown[]): void {
    this.spend(weights.list + weights.item * items.length);
    this.push(Object.freeze(items));
  }

  append(items: readonly unknown[]): void {
    const list = inside(this.top(), "items");
    if (!Array.isArray(list) || Object.isFrozen(list)) this.refuse(`appends to what is no list, but ${typeName(list)}`);
    this.spend(weights.item * items.length);
    for (const item of items) list.push(item);
  }

  setItems(items: readonly unknown[]): void {
    const map = inside(this.top(), "entries");
    if (!(map instanceof Map)) this.refuse(`sets items of what is no dict, but ${typeName(map)}`);
    if (items.length % 2 !== 0) this.refuse("has a key without a value");
    this.spend((weights.entry * items.length) / 2);
    for (let i = 0; i < items.length; i += 2) setIn(map, items[i], items[i + 1], (what) => this.refuse(what));
  }

  addItems(items: readonly unknown[]): void {
    const set = this.top();
    if (set instanceof Opaque) {
      this.append(items);
      return;
    }
    if (!(set instanceof Set)) this.refuse(`adds to what is no set, but ${typeName(set)}`);
    this.spend(weights.entry * items.length);
    addTo(set, items, (what) => this.refuse(what));
  }

  global(module: string, name: string): void {
    this.push(this.world.global(`${module}.${name}`));
  }

  call(): void {
    const args = this.pop();
    const called = this.pop();
    if (!(called instanceof Opaque && called.args === null)) {
      this.refuse(`calls what cannot be called: ${typeName(called)}`);
    }
    if (!Array.isArray(args)) this.refuse(`calls ${called.name} with what is no tuple, but ${typeName(args)}`);
    const isKnown = called instanceof Callable;
    this.spend(weights.call + (isKnown ? 0 : weights.object));
    this.push(isKnown ? called.call(args) : new Opaque(called.name, args));
  }

  /** Attributes, which of all that is not opaque only an OrderedDict has. */
  build(): void {
    const state = this.pop();
    const object = this.top();
    if (object instanceof Opaque && object.args !== null) {
      object.state = state as CheckpointValue;
      return;
    }
    if (!(object instanceof OrderedDict && state instanceof Map)) {
      this.refuse(`builds what has no attributes here: ${typeName(object)}`);
    }
    this.spend(weights.copy * weights.entry * state.size);
    for (const [name, value] of state) object.attributes.set(String(name), value as CheckpointValue);
  }

  remember(index = this.memo.size): void {
    this.spend(weights.memo);
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.memo.has(index)) this.refuse(`refers to memo ${index}, which was never set`);
    this.push(this.memo.get(index));
  }

  /** The last values, in the order in which they were pushed. */
  last(count: number): unknown[] {
    if (this.stack.length < count) this.refuse("takes a value from an empty stack");
    return this.stack.splice(-count);
  }

  /** A dict, list or set that is still empty. */
  open(value: Map<unknown, unknown> | Set<unknown> | unknown[]): void {
    this.spend(Array.isArray(value) ? weights.list : weights.map);
    this.push(value);
  }
}
