import { describe, expect, it } from "vitest";
import { decodeNpy, encodeNpy } from "../../src/cli/npy.js";
import { tensor, zeros } from "../../src/index.js";

/** A file as NumPy lays it out: the dict is padded so that the numbers begin at a multiple of 64. */
function file(dict: string, data: string, version = 1): Uint8Array {
  const before = version === 1 ? 10 : 12;
  const length = Math.ceil((before + dict.length + 1) / 64) * 64 - before;
  const sizes = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0];
  const text = Buffer.from(`${dict.padEnd(length - 1)}\n`, "latin1");
  return Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...sizes]), text, hex(data)]);
}
const hex = (data: string): Buffer => Buffer.from(data.replaceAll(" ", ""), "hex");
const dict = (descr: string, shape: string, fortran = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

/** Headers and numbers that NumPy 2.4 wrote. */
const written = [
  {
    name: "float32",
    bytes: file(dict("<f4", "(3, 2)"), "0000c03f 000000c0 00004040 00008040 0000a040 0000c840"),
    dtype: "float32",
    value: [
      [1.5, -2],
      [3, 4],
      [5, 6.25],
    ],
  },
  { name: "a float64 scalar", bytes: file(dict("<f8", "()"), "9a9999999999b93f"), dtype: "float64", value: 0.1 },
  {
    name: "int64",
    bytes: file(dict("<i8", "(3,)"), "0300000000000000 fcffffffffffffff ffffff7f00000000"),
    dtype: "int32",
    value: [3, -4, 2 ** 31 - 1],
  },
  {
    name: "int32 in Fortran order",
    bytes: file(dict("<i4", "(2, 3)", "True"), "00000000 03000000 01000000 04000000 02000000 05000000"),
    dtype: "int32",
    value: [
      [0, 1, 2],
      [3, 4, 5],
    ],
  },
  {
    name: "bool, version 2",
    bytes: file(dict("|b1", "(1, 2, 1)"), "01 00", 2),
    dtype: "bool",
    value: [[[true], [false]]],
  },
  { name: "float16", bytes: file(dict("<f2", "(3,)"), "003e 0080 007c"), dtype: "float32", value: [1.5, -0, Infinity] },
  { name: "float16, big-endian", bytes: file(dict(">f2", "(2,)"), "3e00 c000"), dtype: "float32", value: [1.5, -2] },
  {
    name: "float32, big-endian",
    bytes: file(dict(">f4", "(2,)"), "3f800000 c0200000"),
    dtype: "float32",
    value: [1, -2.5],
  },
  { name: "float64, big-endian", bytes: file(dict(">f8", "(1,)"), "3fb999999999999a"), dtype: "float64", value: [0.1] },
  { name: "int32, big-endian", bytes: file(dict(">i4", "(1,)"), "fffffffe"), dtype: "int32", value: [-2] },
  { name: "int64, big-endian", bytes: file(dict(">i8", "(1,)"), "fffffffffffffffe"), dtype: "int32", value: [-2] },
  { name: "uint8", bytes: file(dict("|u1", "(3,)"), "00 7f ff"), dtype: "int32", value: [0, 127, 255] },
  { name: "int8", bytes: file(dict("|i1", "(2,)"), "80 7f"), dtype: "int32", value: [-128, 127] },
  { name: "int16", bytes: file(dict("<i2", "(2,)"), "0080 ff7f"), dtype: "int32", value: [-32768, 32767] },
  { name: "uint16, big-endian", bytes: file(dict(">u2", "(1,)"), "ff00"), dtype: "int32", value: [65280] },
  { name: "uint32", bytes: file(dict("<u4", "(1,)"), "ffffff7f"), dtype: "int32", value: [2147483647] },
  { name: "uint64", bytes: file(dict("<u8", "(1,)"), "0700000000000000"), dtype: "int32", value: [7] },
  { name: "nothing, version 3", bytes: file(dict("<f4", "(0, 4)"), "", 3), dtype: "float32", value: [] },
];

describe("reading", () => {
  it.each(written)("$name", ({ bytes, dtype, value }) => {
    const read = decodeNpy("x.npy", bytes);
    expect([read.dtype, read.toNested()]).toEqual([dtype, value]);
  });

  it("keeps the shape of nothing, and takes keys in any order, without the last comma", () => {
    expect(decodeNpy("x", file(dict("<f4", "(0, 4)"), "")).shape).toEqual([0, 4]);
    const other = "{'shape':(1,1),'fortran_order':True,'descr':'<f4'}";
    expect(decodeNpy("x", file(other, "0000803f")).toNested()).toEqual([[1]]);
  });

  it("takes bytes that stand anywhere in memory", () => {
    const bytes = file(dict("<f8", "(1,)"), "9a9999999999b93f");
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeNpy("x", shifted.subarray(3)).toNested()).toEqual([0.1]);
  });

  const header = "x.npy: the header is no dict of descr, fortran_order and shape";
  it.each([
    [new Uint8Array(), "x.npy is no .npy file: it does not begin as one"],
    [hex("93 4e 55 4d 50 59"), "it does not begin as one"],
    [Buffer.from("PK\u0003\u0004 a zip archive"), "it does not begin as one"],
    [file(dict("<f4", "(1,)"), "0000803f", 4), "x.npy has version 4 of the .npy format; 1, 2 and 3 are known"],
    [file(dict("<f4", "(1,)"), "0000803f").subarray(0, 90), "the header claims 118 bytes, in a file of 90"],
    [file(dict("<f4", "(2,)"), "0000803f"), "x.npy: shape (2) of '<f4' takes 8 bytes, but there are 4"],
    [file(dict("<f4", "()"), "0000803f 00"), "takes 4 bytes, but there are 5"],
    [file(dict("<f4", "(99999999999999, 99999999999999, 0)"), "00"), "takes 0 bytes, but there are 1"],
    [file(dict("<f4", `(${"99999999999999, ".repeat(30)})`), "00"), "bytes, but there are 1"],
    [file(dict("<f4", "(-1,)"), "0000803f"), header],
    [file(dict("<f4", "(1.5,)"), "0000803f"), header],
    [file(dict("<f4", "(9999999999999999,)"), "0000803f"), header],
    [file(dict("<f4", "(,)"), "0000803f"), header],
    [file(dict("<f4", "1"), "0000803f"), header],
    [file(dict("<f4", "(1,)", "1"), "0000803f"), header],
    [file("{'descr': '<f4', 'shape': (1,), }", "0000803f"), header],
    [file(`${dict("<f4", "(1,)")} + print()`, "0000803f"), header],
    [file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': ()}", "0000803f"), header],
    [file("__import__('os').system('true')", ""), header],
    [file("", ""), header],
    [file("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", "01000000"), header],
    [file(dict("<c8", "(1,)"), "0000803f00000000"), "x.npy has numbers of the dtype '<c8'; supported are f2, f4, f8,"],
    [file(dict("f4", "(1,)"), "0000803f"), "the dtype 'f4'"],
    [file(dict(">f3", "(1,)"), "0000803f"), "the dtype '>f3'"],
    [file(dict("<u4", "(1,)"), "000000ff"), "x.npy: the whole number 4278190080 is too large for int32"],
    [file(dict(">u8", "(1,)"), "ffffffffffffffff"), "the whole number 18446744073709551615 is too large"],
    [file(dict("|O", "(1,)"), "80049a"), "the dtype '|O'"],
    [file(dict("toString", "(1,)"), "00"), "the dtype 'toString'"],
    [file(dict("<i8", "(1,)"), "0000008000000000"), "x.npy: the whole number 2147483648 is too large for int32"],
  ])("refuses what is wrong: %#", (bytes, sentence) => {
    expect(() => decodeNpy("x.npy", bytes)).toThrow(sentence);
  });
});

describe("writing", () => {
  it("writes NumPy's bytes", () => {
    for (const at of [0, 1]) {
      const { value, bytes, dtype } = written[at];
      const [head, data] = encodeNpy(tensor(value as number[], { dtype: dtype as "float32" }));
      expect(Buffer.concat([head, data]).equals(bytes)).toBe(true);
    }
  });

  it.each([
    tensor([1, 2, 3]),
    tensor([[0.1], [-1e300]], { dtype: "float64" }),
    tensor([[[7, -8]]], { dtype: "int32" }),
    tensor([true, false]),
    tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).transpose(0, 1),
    zeros(Array<number>(20).fill(1)),
    zeros([3, 0]),
  ])("is read back: %#", (original) => {
    const [head, data] = encodeNpy(original);
    expect(head.length % 64).toBe(0);
    const read = decodeNpy("x", Buffer.concat([head, data]));
    expect([read.dtype, read.shape, read.toNested()]).toEqual([original.dtype, original.shape, original.toNested()]);
  });
});
