/**
 * Pickles as bytes: opcodes with what follows each, in memory that grows, and a memo.
 *
 * It knows nothing of what the opcodes mean together. Protocol 2, which every PyTorch reads.
 */

import { encodeText } from "../bytes/text.js";

const opcodes = {
  mark: "(",
  stop: ".",
  reduce: "R",
  build: "b",
  persistent: "Q",
  emptyDict: "}",
  emptyList: "]",
  tuple: "t",
  appends: "e",
  setItems: "u",
  none: "N",
  true: "\x88",
  false: "\x89",
} as const;

export class PickleBytes {
  private bytes = new Uint8Array(1 << 12);
  private length = 0;
  /** Where in the memo things stand: objects and strings by themselves. */
  private readonly memo = new Map<unknown, number>();
  private readonly globals = new Map<string, number>();

  constructor() {
    this.raw([0x80, 2]);
  }

  private raw(more: ArrayLike<number>): void {
    const at = this.length;
    this.length += more.length;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(more, at);
  }

  /** An opcode and a number of four bytes. */
  private word(opcode: string, value: number): void {
    this.raw([opcode.charCodeAt(0), value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255]);
  }

  op(name: keyof typeof opcodes): void {
    this.raw([opcodes[name].charCodeAt(0)]);
  }

  /** All that was written, and the end. */
  finished(): Uint8Array {
    this.op("stop");
    return this.bytes.subarray(0, this.length);
  }

  /** A whole number as an int, any other as a float. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      const bytes = new Uint8Array(9);
      bytes[0] = 0x47;
      new DataView(bytes.buffer).setFloat64(1, value, false);
      this.raw(bytes);
    } else if (value >= 0 && value < 256) this.raw([0x4b, value]);
    else if (value === (value | 0)) this.word("J", value);
    else this.long(BigInt(value));
  }

  /** A whole number in as few bytes as hold it and its sign; false if that is more than 255. */
  long(value: bigint): boolean {
    const bytes: number[] = [];
    let rest = value;
    do {
      bytes.push(Number(rest & 255n));
      rest >>= 8n;
    } while (bytes.length < 256 && rest !== (bytes[bytes.length - 1] > 127 ? -1n : 0n));
    this.raw([0x8a, bytes.length, ...bytes]);
    return bytes.length < 256;
  }

  string(text: string): void {
    if (this.recall(text)) return;
    const bytes = encodeText(text);
    this.word("X", bytes.length);
    this.raw(bytes);
    this.remember(text);
  }

  global(module: string, name: string): void {
    const full = `${module}\n${name}\n`;
    if (this.recall(full, this.globals)) return;
    this.raw(encodeText(`c${full}`));
    this.remember(full, this.globals);
  }

  /** Puts what was written last into the memo. */
  remember(what: unknown, memo: Map<unknown, number> = this.memo): void {
    const index = this.memo.size + this.globals.size;
    memo.set(what, index);
    if (index < 256) this.raw([0x71, index]);
    else this.word("r", index);
  }

  /** Refers to what is in the memo; false if it is not. */
  recall(what: unknown, memo: ReadonlyMap<unknown, number> = this.memo): boolean {
    const index = memo.get(what);
    if (index === undefined) return false;
    if (index < 256) this.raw([0x68, index]);
    else this.word("j", index);
    return true;
  }
}
