import { expect, it } from "vitest";
import { decodeText, encodeText, isText } from "../../../src/checkpoint/bytes/text.js";
import { refusal } from "../archives.js";

it("goes to UTF-8 and back", () => {
  expect([...encodeText("é☃")]).toEqual([0xc3, 0xa9, 0xe2, 0x98, 0x83]);
  expect(decodeText("here", encodeText("é☃\ufeff𝄞"))).toBe("é☃\ufeff𝄞");
  expect(decodeText("here", Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
});

it("tells text from what has half a surrogate pair in it", () => {
  expect(["", "é☃", "a𝄞", "\ud834\udd1e"].map(isText)).toEqual([true, true, true, true]);
  expect(["\ud834", "a\udd1e", "\udd1e\ud834"].map(isText)).toEqual([false, false, false]);
});

it("refuses other bytes", async () => {
  expect(await refusal(() => decodeText("here", Uint8Array.of(0xff)))).toBe(
    "here expected text in UTF-8, got other bytes",
  );
});
