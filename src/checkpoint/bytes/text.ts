/** Text as bytes and back: UTF-8, strictly; and the one form of what is said of files. An engine need not have the two classes. */

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

/** UTF-8 to text where there is no TextDecoder, as in AudioWorklets and in jsdom: what escapes of URIs stand for. */
function unescaped(bytes: Uint8Array): string {
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
}

/** @throws RuntimeError where the bytes are no UTF-8; `where` says what they stand for */
export function decodeText(where: string, bytes: Uint8Array): string {
  if (typeof TextDecoder === "function") strict ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return strict === null ? unescaped(bytes) : strict.decode(bytes);
  } catch {
    return fail("RuntimeError", `${where} expected text in UTF-8, got other bytes`);
  }
}

/** Whether a text can be written: half a surrogate pair stands for no character, and UTF-8 has no bytes for it. */
export function isText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Text as UTF-8; half a surrogate pair becomes the character that stands for none. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  if (typeof TextEncoder === "function") return new TextEncoder().encode(text);
  const whole = encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
  const bytes = whole.replace(/%(..)/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}
