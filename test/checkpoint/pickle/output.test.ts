import { expect, it } from "vitest";
import { PickleBytes } from "../../../src/checkpoint/pickle/output.js";
import { bytesOf, little } from "../archives.js";

/** What a pickle consists of between its protocol and its end. */
function written(write: (out: PickleBytes) => void): Uint8Array {
  const out = new PickleBytes();
  write(out);
  const bytes = out.finished();
  expect([bytes[0], bytes[1], bytes[bytes.length - 1]]).toEqual([0x80, 2, 0x2e]);
  return bytes.slice(2, -1);
}

it.each<[value: number, bytes: Uint8Array]>([
  [0, bytesOf("K\0")],
  [255, bytesOf("K\xff")],
  [256, bytesOf("J", little(256, 4))],
  [-1, bytesOf("J", little(-1, 4))],
  [2 ** 31, bytesOf("\x8a\x05", little(2 ** 31, 5))],
  [-(2 ** 31) - 1, bytesOf("\x8a\x05", little(-(2n ** 31n) - 1n, 5))],
  [1.5, bytesOf("G\x3f\xf8\0\0\0\0\0\0")],
  [-0, bytesOf("G\x80\0\0\0\0\0\0\0")],
  [2 ** 60, bytesOf("G\x43\xb0\0\0\0\0\0\0")],
])("writes %s as Python does", (value, bytes) => {
  expect(written((out) => out.number(value))).toEqual(bytes);
});

it.each<[value: bigint, bytes: Uint8Array]>([
  [0n, bytesOf("\x8a\x01\0")],
  [127n, bytesOf("\x8a\x01\x7f")],
  [128n, bytesOf("\x8a\x02\x80\0")],
  [-128n, bytesOf("\x8a\x01\x80")],
  [-129n, bytesOf("\x8a\x02\x7f\xff")],
  [2n ** 64n, bytesOf("\x8a\x09\0\0\0\0\0\0\0\0\x01")],
])("writes %s in as few bytes as hold it", (value, bytes) => {
  expect(written((out) => expect(out.long(value)).toBe(true))).toEqual(bytes);
});

it("says where an int is too long", () => {
  expect(new PickleBytes().long(2n ** 2039n - 1n)).toBe(true);
  expect(new PickleBytes().long(2n ** 2039n)).toBe(false);
});

it("writes texts and globals once", () => {
  const twice = written((out) => {
    for (let i = 0; i < 2; i++) {
      out.string("é");
      out.global("torch", "Size");
    }
  });
  expect(twice).toEqual(bytesOf("X\x02\0\0\0\xc3\xa9q\0ctorch\nSize\nq\x01h\0h\x01"));
});

it("keeps more than 256 things in its memo", () => {
  const bytes = written((out) => {
    for (let i = 0; i < 300; i++) out.string(String(i));
    out.string("299");
  });
  expect(bytes.slice(-5)).toEqual(bytesOf("j", little(299, 4)));
});
