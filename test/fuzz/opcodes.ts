/** Pickles cut into tokens, an opcode and what follows it; anything unknown is a token of one byte. */

import type { Bytes } from "./seeds.js";

/** Bytes after an opcode; of a length, that many bytes more; of lines, their number. */
const following = new Map<string, { fixed?: number; length?: number; lines?: number }>([
  ...["\x80", "K", "q", "h"].map((code) => [code, { fixed: 1 }] as const),
  ["M", { fixed: 2 }],
  ...["J", "r", "j"].map((code) => [code, { fixed: 4 }] as const),
  ...["G", "\x95"].map((code) => [code, { fixed: 8 }] as const),
  ...["\x8a", "\x8c", "U", "C"].map((code) => [code, { length: 1 }] as const),
  ...["X", "T", "B"].map((code) => [code, { length: 4 }] as const),
  ...["\x8d", "\x8e", "\x96"].map((code) => [code, { length: 8 }] as const),
  ["c", { lines: 2 }],
]);

function end(bytes: Bytes, at: number): number {
  const { fixed = 0, length = 0, lines = 0 } = following.get(String.fromCharCode(bytes[at])) ?? {};
  let next = at + 1 + fixed + length;
  for (let i = length; i > 0; i--) next += bytes[at + i] * 256 ** (i - 1);
  for (let i = 0; i < lines; i++) {
    const line = bytes.indexOf(10, next);
    next = line < 0 ? bytes.length : line + 1;
  }
  return Math.min(next, bytes.length);
}

/** The tokens, which together are the bytes. */
export function tokens(bytes: Bytes): Bytes[] {
  const found: Bytes[] = [];
  for (let at = 0; at < bytes.length; ) {
    const next = end(bytes, at);
    found.push(bytes.slice(at, next));
    at = next;
  }
  return found;
}
