import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../src/checkpoint/bytes/budget.js";
import { runPickle } from "../../../src/checkpoint/pickle/opcodes.js";
import { Unpickler } from "../../../src/checkpoint/pickle/unpickler.js";
import { bytesOf, little, refusal } from "../archives.js";

const world = { global: (name: string) => name, persistent: (id: unknown) => ({ id }) };

function run(...opcodes: readonly (string | ArrayLike<number>)[]): unknown {
  const bytes = bytesOf(...opcodes);
  const unpickler = new Unpickler("file", bytes, world, budgetFor("file", bytes.length, undefined));
  return runPickle(unpickler);
}

describe("runPickle", () => {
  it.each<[opcodes: readonly (string | ArrayLike<number>)[], value: unknown]>([
    [["N"], null],
    [["\x88"], true],
    [["\x89"], false],
    [["K\xff"], 255],
    [["M\x01\x02"], 513],
    [["J", little(-2, 4)], -2],
    [["\x8a\x00"], 0],
    [["\x8a\x01\xff"], -1],
    [["\x8a\x05", little(2n ** 32n, 5)], 2 ** 32],
    [["\x8a\x07", little(2n ** 53n, 7)], 2n ** 53n],
    [["\x8a\x08", little(-(2n ** 62n), 8)], -(2n ** 62n)],
    [["G\x3f\xf8\0\0\0\0\0\0"], 1.5],
    [["X\x02\0\0\0\xc3\xa9"], "é"],
    [["\x8c\x01a"], "a"],
    [["\x8d", little(1, 8), "a"], "a"],
    [["U\x01a"], "a"],
    [["T", little(1, 4), "a"], "a"],
    [["C\x02\x00\xff"], Uint8Array.of(0, 255)],
    [["B", little(1, 4), "\x07"], Uint8Array.of(7)],
    [["\x8e", little(1, 8), "\x07"], Uint8Array.of(7)],
    [["\x96", little(1, 8), "\x07"], Uint8Array.of(7)],
    [["]K\x01a"], [1]],
    [["](K\x01K\x02e"], [1, 2]],
    [["}K\x01Ns"], new Map([[1, null]])],
    [
      ["}(K\x01NK\x02Nu"],
      new Map([
        [1, null],
        [2, null],
      ]),
    ],
    [["\x8f(K\x01K\x01\x90"], new Set([1])],
    [[")"], []],
    [["K\x01\x85"], [1]],
    [["K\x01K\x02\x86"], [1, 2]],
    [["K\x01K\x02K\x03\x87"], [1, 2, 3]],
    [["(K\x01K\x02t"], [1, 2]],
    [["K\x07q\x00h\x00\x86"], [7, 7]],
    [["K\x07r\0\0\0\x01j\0\0\0\x01\x86"], [7, 7]],
    [["K\x07\x94h\x00\x86"], [7, 7]],
    [["ctorch\nSize\n"], "torch.Size"],
    [["\x8c\x05torch\x8c\x04Size\x93"], "torch.Size"],
    [["K\x03Q"], { id: 3 }],
    [["\x80\x05\x95", little(2, 8), "K\x03"], 3],
  ])("%j", (opcodes, value) => {
    expect(run(...opcodes, ".")).toEqual(value);
  });

  it.each([
    ["\x80\x01N.", "has protocol 1; 2 to 5 are supported, at byte 0"],
    ["\x80\x06N.", "has protocol 6"],
    ["I1\n.", "has the opcode 0x49, which is not supported, at byte 0"],
    ["Nios\nsystem\n.", "has the opcode 0x69"],
    ["\x82\x01.", "has the opcode 0x82"],
    ["N0.", "has the opcode 0x30"],
    [".", "takes a value from an empty stack"],
    ["N", "ends too early; the file is cut off"],
    ["NN.", "values left over"],
    ["X\xff\xff\xff\xffa.", "ends too early"],
    ["X\x01\0\0\0\xff.", "expected text in UTF-8"],
    ["}]Ns.", "has Array for a key"],
    ["\x95\xff\0\0\0\0\0\0\0N.", "ends too early"],
  ])("refuses %j", async (opcodes, sentence) => {
    expect(await refusal(() => run(opcodes))).toContain(sentence);
  });

  it.each(["(", "]", "}", "\x8f", ")", "N\x94", "N", "]Na", "X\0\0\0\0"])(
    "refuses a file of nothing but %j before it fills the memory",
    async (opcode) => {
      const bytes = bytesOf(opcode.repeat(400_000 / opcode.length), ".");
      const unpickler = new Unpickler("file", bytes, world, budgetFor("file", bytes.length, 1_000_000));
      expect(await refusal(() => runPickle(unpickler))).toMatch(
        /takes more than the 1000000 bytes|more than 1000 open marks/,
      );
    },
  );
});
