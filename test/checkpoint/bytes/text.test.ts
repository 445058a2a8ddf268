import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeText, encodeText, isText } from "../../../src/checkpoint/bytes/text.js";
import { refusal } from "../archives.js";
import { pathOf } from "../fixtures.js";

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

describe("where an engine has neither TextDecoder nor TextEncoder, as an AudioWorklet and jsdom", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });
  const without = async () => {
    vi.resetModules();
    vi.stubGlobal("TextDecoder", undefined);
    vi.stubGlobal("TextEncoder", undefined);
    return import("../../../src/checkpoint/index.js");
  };

  it("goes to UTF-8 and back the same, and refuses the same", async () => {
    await without();
    const text = await import("../../../src/checkpoint/bytes/text.js");
    for (const one of ["", "abc%41", "é☃\ufeff𝄞\0\u007f\u0080\u07ff\u0800\uffff", "\ud834"]) {
      const bytes = text.encodeText(one);
      expect([...bytes]).toEqual([...Buffer.from(one)]);
      expect(text.decodeText("here", bytes)).toBe(Buffer.from(one).toString());
    }
    const wrong = [
      [0xff],
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xc3],
      [0x80],
    ];
    for (const bytes of wrong) {
      const call = () => text.decodeText("here", Uint8Array.from(bytes));
      expect(call).toThrow("here expected text in UTF-8, got other bytes");
    }
  });

  it("reads and writes files of either format", async () => {
    const { load, encodeTorch, encodeSafetensors, stateDictOf } = await without();
    const { stateDict } = stateDictOf(await load(readFileSync(pathOf("training.pt"))));
    expect([...stateDict.keys()].slice(0, 2)).toEqual(["linear.weight", "linear.bias"]);
    expect((await load(readFileSync(pathOf("training.pt")))).get("name")).toBe("größe ☃");
    for (const bytes of [encodeTorch(stateDict), encodeSafetensors(stateDict)]) {
      expect([...(await load(bytes)).keys()]).toEqual([...stateDict.keys()]);
    }
  });
});
