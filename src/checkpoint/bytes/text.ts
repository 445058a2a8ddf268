/** Text as bytes and back: UTF-8, strictly; and the one form of what is said of files. The names of these two classes are all that is asked of the engine. */

import { fail } from "../../base/errors.js";

declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

/** @throws RuntimeError for what is wrong with a file, or with a part of one */
export function refuse(where: string, what: string): never {
  return fail("RuntimeError", `${where}: ${what}`);
}

let strict: TextDecoder | null = null;

/** @throws RuntimeError where the bytes are no UTF-8; `where` says what they stand for */
export function decodeText(where: string, bytes: Uint8Array): string {
  try {
    strict ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return strict.decode(bytes);
  } catch {
    return fail("RuntimeError", `${where} expected text in UTF-8, got other bytes`);
  }
}

/** Whether a text can be written: half a surrogate pair stands for no character, and UTF-8 has no bytes for it. */
export function isText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
