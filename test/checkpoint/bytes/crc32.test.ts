import { crc32 as reference } from "node:zlib";
import { expect, it } from "vitest";
import { crc32 } from "../../../src/checkpoint/bytes/crc32.js";

const digits = Uint8Array.from("123456789", (c) => c.charCodeAt(0));

it("gives the check value of CRC-32", () => {
  expect(crc32(digits)).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
});

it("goes on from what came before, at any cut", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 255);
  for (let cut = 0; cut <= 100; cut++) {
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(reference(bytes));
  }
});
