/**
 * Files made by hand to do harm, each with what may become of it: refused, or, where that is all right, read.
 *
 * None of them costs much to make; what they would like to cost the reader is another matter.
 */

import { bytesOf, little, text } from "../checkpoint/archives.js";
import { type Bytes, safetensors } from "./seeds.js";
import { call, dict, file, int, legacy, lyingFile, type Part, tensor, tuple } from "./write.js";
import type { Member } from "./zip.js";

export interface Hostile {
  readonly name: string;
  readonly bytes: Bytes;
  /** `read` is what Python makes of it, too. */
  readonly fate: "refused" | "read";
}

const repeat = (count: number, part: Part): Uint8Array => {
  const once = bytesOf(part);
  const all = new Uint8Array(count * once.length);
  for (let i = 0; i < count; i++) all.set(once, i * once.length);
  return all;
};
const floats = new Uint8Array(16);
const honest = { storage: "FloatStorage", key: "0", count: 4, offset: 0, shape: [2, 2], strides: [2, 1] } as const;
const one = [dict(["a", tensor(honest)])];
const zeros = new Uint8Array(1 << 21);
const many = { ...honest, count: zeros.length / 4 };

/** Programs: what would run if anybody ran it. */
const programs: Record<string, readonly Part[]> = {
  "os.system": [call("os", "system", text("exit 1"))],
  "posix.system": [call("posix", "system", text("exit 1"))],
  "builtins.eval": [call("builtins", "eval", text("1/0"))],
  "__builtin__.eval": [call("__builtin__", "eval", text("1/0"))],
  "builtins.getattr": [call("builtins", "getattr", "N", text("__class__"))],
  "an unknown global": ["cnumpy.core\nhaha\n"],
  "a global of Object": ["cObject\nprototype\n"],
  "a global of nothing": ["c\n\n"],
  "constructor as a global": ["cconstructor\nconstructor\n"],
  "__proto__ as a global": ["c__proto__\n__proto__\n"],
  "torch.load": [call("torch", "load", text("x"))],
  "torch.hub": [call("torch.hub", "load", text("x"))],
  "STACK_GLOBAL of eval": ["\x8c\x08builtins\x8c\x04eval\x93"],
  "STACK_GLOBAL of numbers": ["K\x01K\x02\x93"],
  "INST of os.system": ["(", text("exit 1"), "ios\nsystem\n"],
  "OBJ of os.system": ["(cos\nsystem\n", text("exit 1"), "o"],
  EXT1: ["\x82\x01"],
  "a text opcode": ["I1\n"],
  "calling a string": [text("a"), ")R"],
  "calling a dtype": ["ctorch\nfloat32\n)R"],
  "NEWOBJ of a string": [text("a"), ")\x81"],
  "BUILD of a dict": ["}}b"],
  "BUILD of a list": ["]}b"],
  "BUILD of a tensor": [tensor(honest), tuple(), "b"],
  "BUILD with no dict": ["ccollections\nOrderedDict\n)R]b"],
  "a persistent id of no tuple": [text("storage"), "Q"],
  "a persistent id of a module": [tuple(text("module"), text("x"), "N"), "Q"],
  "a persistent id with a path": [tensor({ ...honest, key: "../../../etc/passwd" })],
  nothing: [],
  "an empty stack": ["0"],
  "TUPLE2 of one": ["K\x01\x86"],
  "TUPLE3 of two": ["K\x01K\x02\x87"],
  "SETITEM on nothing": ["K\x01K\x02s"],
  "SETITEMS without a mark": ["}K\x01K\x02u"],
  "SETITEMS of an odd number": ["}(K\x01u"],
  "APPEND to a tuple": [")K\x01a"],
  "APPEND to a Size": [call("torch", "Size", "](K\x01e"), "K\x01a"],
  "APPENDS to a dict": ["}(K\x01e"],
  "SETITEM on a list": ["]K\x01K\x02s"],
  "ADDITEMS to a list": ["](K\x01\x90"],
  "values left over": ["K\x01K\x02"],
  "a mark left over": ["(K\x01"],
  "a memo that was never set": ["h\x07"],
  "a memo of 2^32": ["j\xff\xff\xff\xff"],
  "a list for a key": ["}]K\x01s"],
  "a dict for a key": ["}}K\x01s"],
  LONG4: ["\x8b", little(0xffffffff, 4)],
  "a LONG4 that is there": ["\x8b", little(8, 4), new Uint8Array(8)],
  "BINUNICODE of 4 GiB": ["X", little(0xffffffff, 4)],
  "BINUNICODE8 of 2^63": ["\x8d", little(2n ** 63n, 8)],
  "BINUNICODE8 of 2^53": ["\x8d", little(2n ** 53n, 8)],
  "BINBYTES8 of 2^64 - 1": ["\x8e", little(2n ** 64n - 1n, 8)],
  "BYTEARRAY8 of 2^40": ["\x96", little(2n ** 40n, 8)],
  "FRAME of 2^63": ["\x95", little(2n ** 63n, 8)],
  "text that is no UTF-8": ["X", little(2, 4), [0xff, 0xfe]],
  "a name without an end": [`c${"a".repeat(5000)}`],
  "a list that holds itself": ["]q\x00h\x00a"],
  "a dict that holds itself": ["}q\x00", text("a"), "h\x00s"],
  "an OrderedDict that holds itself in its attributes": [
    "ccollections\nOrderedDict\n)Rq\x00",
    dict(["a", "h\x00"]),
    "b",
  ],
  "lists nested 100,000 deep": [repeat(100_000, "]"), repeat(99_999, "a")],
  "tuples nested 100,000 deep": ["N", repeat(100_000, "\x85")],
  "dicts nested 5000 deep": [repeat(5000, bytesOf("}", text("a"))), "N", repeat(5000, "s")],
  "100,000 marks": [repeat(100_000, "(")],
  "a negative size": [tensor({ ...honest, shape: [-2, -2] })],
  "a negative stride": [tensor({ ...honest, strides: [-2, 1] })],
  "a negative offset": [tensor({ ...honest, offset: -1 })],
  "a negative count": [tensor({ ...honest, count: -4 })],
  "an offset beyond the end": [tensor({ ...honest, offset: 1 })],
  "strides beyond the end": [tensor({ ...honest, strides: [3, 1] })],
  "a count beyond the member": [tensor({ ...honest, count: 5 })],
  "a count of 2^62": [tensor({ ...honest, count: 2n ** 62n })],
  "sizes whose product wraps to 0": [tensor({ ...honest, shape: [2n ** 32n, 2n ** 32n] })],
  "sizes whose product wraps to 4": [tensor({ ...honest, shape: [2n ** 62n + 1n, 4], strides: [0, 0] })],
  "strides whose sum wraps": [tensor({ ...honest, strides: [2n ** 63n, 1] })],
  "sizes of a float": [tensor(honest), call("torch", "Size", "](G", new Uint8Array(8), "e")],
  "a tensor of 2^40 elements at stride 0": [tensor({ ...honest, shape: [2n ** 40n], strides: [0] })],
  "sizes without strides": [tensor({ ...honest, strides: [] })],
  "a shape of 10,000 sizes": [
    tensor({ ...honest, shape: new Array(10_000).fill(1), strides: new Array(10_000).fill(0) }),
  ],
  "a storage that is not there": [tensor({ ...honest, key: "7" })],
  "a storage smaller than its member": [tensor({ ...honest, count: 3, shape: [1], strides: [1] })],
  "a tensor of too few arguments": [call("torch._utils", "_rebuild_tensor_v2", tuple(), int(0), tuple(), tuple())],
  "a storage without a dtype": [tensor({ ...honest, storage: "UntypedStorage" })],
  "a storage of complex numbers": [tensor({ ...honest, storage: "ComplexFloatStorage" })],
  "a storage of a class that is none": [tensor({ ...honest, storage: "EvilStorage" })],
  "an unknown dtype": [tensor({ ...honest, storage: "UntypedStorage", count: 16, dtype: "float0" })],
  "a storage alone": [tuple(text("storage"), "ctorch\nFloatStorage\n", text("0"), text("cpu"), int(4)), "Q"],
  "a set of lists": [call("builtins", "set", "](]e")],
  "bytes of characters above 255": [call("_codecs", "encode", text("☃"), text("latin1"))],
  "a dict of 1 and True": ["}(K\x01K\x02\x88K\x03u"],
  "a set of 1 and True": [call("builtins", "set", "](K\x01\x88e")],
  "an OrderedDict of 1 and True": [
    call("collections", "OrderedDict", bytesOf("](", tuple("K\x01", "N"), tuple("\x88", "N"), "e")),
  ],
  "an opcode across the end of a frame": ["\x95", little(3, 8), "J\x01\x02\x03\x04"],
  "a device of a tuple": [call("torch", "device", tuple(text("cpu")))],
  "a parameter that wants gradients by a name": [
    call("torch._utils", "_rebuild_parameter", tensor(honest), text("yes"), "N"),
  ],
  "bytes by another codec": [call("_codecs", "encode", text("a"), text("zip"))],
};

/** What looks hostile and is plain data, or a name that nothing is done to: it must come out as that. */
const plain: Record<string, readonly Part[]> = {
  "a sparse tensor": ["ctorch._utils\n_rebuild_sparse_tensor\n"],
  "a callable as the value": ["ccollections\nOrderedDict\n"],
  "a callable in a list": ["]ctorch._utils\n_rebuild_tensor_v2\na"],
  "a dtype that elman has not": [tensor({ ...honest, storage: "UntypedStorage", count: 16, dtype: "float8_e4m3fn" })],
  "calling with a list": ["ccollections\nOrderedDict\n]R"],
  "__proto__ for a key": [dict(["__proto__", dict(["polluted", int(1)])], ["constructor", int(2)])],
  "attributes named __proto__": ["ccollections\nOrderedDict\n)R", dict(["__proto__", dict(["x", int(1)])]), "b"],
  "__class__ as an attribute": ["ccollections\nOrderedDict\n)R", dict(["toString", int(1)]), "b"],
  "a key that comes twice": [dict(["a", int(1)], ["a", int(2)])],
  "overlapping tensors": [
    dict(["a", tensor(honest)], ["b", tensor({ ...honest, shape: [3], strides: [1], offset: 1 })]),
  ],
  "a stride of 0": [dict(["a", tensor({ ...honest, shape: [7], strides: [0] })])],
  "a tensor of no elements, far away": [dict(["a", tensor({ ...honest, shape: [0], strides: [1] })])],
};

/** Programs that make much of little: they may be read if the whole stays within the cap. */
const bombs: Record<string, { opcodes: readonly Part[]; fate: Hostile["fate"] }> = {
  "lists that double 40 times": {
    opcodes: ["]q\x00", ...Array.from({ length: 40 }, (_, i) => bytesOf("](h", [i], "h", [i], "eq", [i + 1]))],
    fate: "refused",
  },
  "a dict copied 4000 times": {
    opcodes: [
      "}q\x00(",
      ...Array.from({ length: 4000 }, (_, i) => bytesOf(int(i), "N")),
      "uq\x00]q\x01(",
      repeat(4000, bytesOf("ccollections\nOrderedDict\n(h\x00tR")),
      "e",
    ],
    fate: "refused",
  },
  "a list made into a set 4000 times": {
    opcodes: [
      "]q\x00(",
      ...Array.from({ length: 4000 }, (_, i) => int(i)),
      "eq\x00](",
      repeat(4000, bytesOf("cbuiltins\nset\n(h\x00tR")),
      "e",
    ],
    fate: "refused",
  },
  "a text encoded 4000 times": {
    opcodes: [
      text("a".repeat(40_000)),
      "q\x00](",
      repeat(4000, bytesOf("c_codecs\nencode\n(h\x00", text("latin1"), "tR")),
      "e",
    ],
    fate: "refused",
  },
  "Sizes made 4000 times": {
    opcodes: ["](", repeat(8000, "K\x01"), "eq\x00](", repeat(4000, bytesOf("ctorch\nSize\n(h\x00tR")), "e"],
    fate: "refused",
  },
  "attributes built 4000 times": {
    opcodes: [
      "}q\x00(",
      ...Array.from({ length: 4000 }, (_, i) => bytesOf(text(`k${i}`), "N")),
      "uq\x00](",
      repeat(4000, bytesOf("ccollections\nOrderedDict\n)Rh\x00b")),
      "e",
    ],
    fate: "refused",
  },
  "a stride of 0 over 2^23 elements, 100 times": {
    opcodes: ["](", repeat(100, tensor({ ...honest, shape: [2 ** 23], strides: [0] })), "e"],
    fate: "refused",
  },
};

const asArchive = ([name, opcodes]: [string, readonly Part[]], fate: Hostile["fate"]): Hostile => ({
  name,
  fate,
  bytes: file(opcodes, { 0: floats }),
});

/** A lie about the members of an archive of one tensor. */
const lying = (lie: (member: Member) => Member | Member[], end = {}): Bytes => lyingFile(one, { 0: floats }, lie, end);
const onStorage = (lie: Partial<Member>) => lying((m) => (m.name === "a/data/0" ? { ...m, ...lie } : m));

const archives: Record<string, [fate: Hostile["fate"], bytes: () => Bytes]> = {
  "no members": ["refused", () => lyingFile(one, {}, () => [])],
  "no end of the directory": ["refused", () => lying((m) => m, { absent: true })],
  "an end that says 65,535 members": ["refused", () => lying((m) => m, { count: 65_535 })],
  "a directory of 4 GiB": ["refused", () => lying((m) => m, { size: 0xfffffff0 })],
  "a directory beyond the end": ["refused", () => lying((m) => m, { begin: 0xfffffff0 })],
  "ZIP64 with 2^62 members": ["refused", () => lying((m) => m, { long: true, count: 2n ** 62n })],
  "ZIP64 with a directory of 2^63 bytes": ["refused", () => lying((m) => m, { long: true, size: 2n ** 63n })],
  "ZIP64 with a directory at 2^53": ["refused", () => lying((m) => m, { long: true, begin: 2n ** 53n })],
  "ZIP64 with a record at 2^63": ["refused", () => lying((m) => m, { long: true, record: 2n ** 63n })],
  "ZIP64 with a record at 0": ["refused", () => lying((m) => m, { long: true, record: 0 })],
  "ZIP64 in earnest": ["read", () => lying((m) => ({ ...m, long: true }), { long: true })],
  "a comment": ["read", () => lying((m) => m, { comment: bytesOf("hello") })],
  "a comment that has an end of its own": [
    "refused",
    () => lying((m) => m, { comment: bytesOf("PK\x05\x06\0\0\0\0\xff\xff\xff\xff", new Uint8Array(8), "\0\0") }),
  ],
  "two members of one name": ["refused", () => lying((m) => [m, m])],
  "a member that begins where another does": ["refused", () => onStorage({ header: 0 })],
  "a member at 2^32 - 2": ["refused", () => onStorage({ header: 0xfffffffe })],
  "a member under another name": ["refused", () => onStorage({ local: "a/data/1" })],
  "a member that the directory alone has": ["refused", () => onStorage({ absent: true })],
  "a member of 4 GiB": ["refused", () => onStorage({ size: 0xfffffff0, packed: 0xfffffff0 })],
  "ZIP64 members of 2^63 bytes": ["refused", () => onStorage({ long: true, size: 2n ** 63n, packed: 2n ** 63n })],
  "a size that is not the packed one": ["refused", () => onStorage({ size: 17 })],
  "a checksum that is wrong": ["refused", () => onStorage({ crc: 1 })],
  "a wrong checksum of a member that no tensor has": [
    "read",
    () => lyingFile([dict(["a", int(1)])], { 0: floats }, (m) => (m.name === "a/data/0" ? { ...m, crc: 1 } : m)),
  ],
  "another checksum in its own header": ["refused", () => onStorage({ own: { crc: 1 } })],
  "another size in its own header": ["refused", () => onStorage({ own: { size: 12 } })],
  "another packed size in its own header": ["refused", () => onStorage({ own: { packed: 12 } })],
  "another ZIP64 size in its own header": ["refused", () => onStorage({ long: true, own: { size: 12 } })],
  "another way of packing in its own header": ["refused", () => onStorage({ own: { method: 8 } })],
  "a data descriptor of another checksum": ["refused", () => onStorage({ streamed: true, descriptor: { crc: 1 } })],
  "a data descriptor of another size": ["refused", () => onStorage({ streamed: true, descriptor: { size: 12 } })],
  "a data descriptor that is not there": ["refused", () => onStorage({ flags: 8 })],
  "a data descriptor, and another checksum before it": [
    "refused",
    () => onStorage({ streamed: true, own: { crc: 1 } }),
  ],
  encryption: ["refused", () => onStorage({ flags: 1 })],
  "strong encryption": ["refused", () => onStorage({ flags: 64 })],
  "a directory with more in it than members": ["refused", () => lying((m) => m, { count: 3 })],
  bzip2: ["refused", () => onStorage({ method: 12 })],
  "a data descriptor": ["read", () => lying((m) => ({ ...m, streamed: true }))],
  "deflated members": ["read", () => lying((m) => ({ ...m, deflated: true }))],
  "a deflated member that is none": ["refused", () => onStorage({ method: 8 })],
  "an extra field longer than itself": [
    "refused",
    () => onStorage({ long: true, extra: bytesOf([1, 0, 255, 255]), header: 0xffffffff }),
  ],
  "names that are no UTF-8": [
    "refused",
    () => {
      const bytes = onStorage({});
      const at = bytes.lastIndexOf("d".charCodeAt(0), bytes.length - 60);
      bytes[at] = 0xff;
      return bytes;
    },
  ],
  "1:1000, and not all that is claimed": ["refused", () => bomb({ size: zeros.length + 1 })],
  "1:1000, and more than is claimed": ["refused", () => bomb({ size: 16 })],
  "1:1000 with a wrong checksum": ["refused", () => bomb({ crc: 7 })],
  "1:1000 for a pickle": [
    "refused",
    () => lying((m) => (m.name === "a/data.pkl" ? { ...m, data: zeros, deflated: true } : m)),
  ],
  "1:1000 in earnest": ["read", () => bomb({})],
  "a program beside the pickle": ["refused", () => lying((m) => [m, { name: `a/code/${m.name}`, data: floats }])],
  "bytes in an order of its own": [
    "refused",
    () => lying((m) => (m.name === "a/byteorder" ? { ...m, data: bytesOf("pdp") } : m)),
  ],
};

function bomb(lie: Partial<Member>): Bytes {
  return lyingFile([dict(["a", tensor(many)])], { 0: zeros }, (m) =>
    m.name === "a/data/0" ? { ...m, deflated: true, ...lie } : m,
  );
}

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const header = (text: string, buffer = 16, length?: bigint) => safetensors(text, buffer, length);

const headers: Record<string, [fate: Hostile["fate"], bytes: () => Bytes]> = {
  "a length of 2^63": ["refused", () => header("{}", 0, 2n ** 63n)],
  "a length of 2^64 - 1": ["refused", () => header("{}", 0, 2n ** 64n - 1n)],
  "a length of 2^53": ["refused", () => header("{}", 0, 2n ** 53n)],
  "a length of 2^32 + 2": ["refused", () => header("{}", 0, 2n ** 32n + 2n)],
  "a length of 100,000,001": ["refused", () => header("{}", 0, 100_000_001n)],
  "a length of 0": ["refused", () => header("", 0)],
  "one byte more than there is": ["refused", () => header("{}", 0, 3n)],
  "a negative offset": ["refused", () => header(`{"a":${entry("F32", "[4]", "[-16,0]")}}`)],
  "an end before the beginning": ["refused", () => header(`{"a":${entry("F32", "[4]", "[16,0]")}}`)],
  "offsets of floats": ["refused", () => header(`{"a":${entry("F32", "[4]", "[0,16.0]")}}`)],
  "offsets in exponents": ["refused", () => header(`{"a":${entry("F32", "[4]", "[0,1.6e1]")}}`)],
  "offsets of NaN": ["refused", () => header(`{"a":${entry("F32", "[4]", "[NaN,16]")}}`)],
  "offsets of null": ["refused", () => header(`{"a":${entry("F32", "[4]", "[null,16]")}}`)],
  "offsets of strings": ["refused", () => header(`{"a":${entry("F32", "[4]", '["0","16"]')}}`)],
  "three offsets": ["refused", () => header(`{"a":${entry("F32", "[4]", "[0,16,16]")}}`)],
  "offsets of 2^64 + 16": ["refused", () => header(`{"a":${entry("F32", "[4]", "[0,18446744073709551632]")}}`)],
  "a number with a zero before it": ["refused", () => header(`{"a":${entry("F32", "[04]", "[0,16]")}}`)],
  "tensors that overlap": [
    "refused",
    () => header(`{"a":${entry("F32", "[4]", "[0,16]")},"b":${entry("F32", "[1]", "[12,16]")}}`),
  ],
  "a hole": ["refused", () => header(`{"a":${entry("F32", "[1]", "[0,4]")},"b":${entry("F32", "[1]", "[12,16]")}}`)],
  "a hole at the beginning": ["refused", () => header(`{"b":${entry("F32", "[1]", "[12,16]")}}`)],
  "bytes that no tensor has": ["refused", () => header(`{"b":${entry("F32", "[1]", "[0,4]")}}`)],
  "a tensor twice": [
    "read",
    () => header(`{"a":${entry("F32", "[4]", "[0,16]")},"a":${entry("F32", "[4]", "[0,16]")}}`),
  ],
  "__metadata__ twice": ["refused", () => header('{"__metadata__":{},"__metadata__":{}}', 0)],
  "a key of an entry twice": ["refused", () => header(`{"a":{"dtype":"U8",${entry("F32", "[4]", "[0,16]").slice(1)}}`)],
  "a key of metadata twice": ["read", () => header('{"__metadata__":{"a":"b","a":"c"}}', 0)],
  "metadata of numbers": ["refused", () => header('{"__metadata__":{"a":1}}', 0)],
  "metadata that is a list": ["refused", () => header('{"__metadata__":[]}', 0)],
  "a shape whose product wraps": [
    "refused",
    () => header(`{"a":${entry("F32", "[4294967296,4294967296]", "[0,0]")}}`, 0),
  ],
  "a shape of 2^64": ["refused", () => header(`{"a":${entry("F32", "[18446744073709551616]", "[0,0]")}}`, 0)],
  "a shape too large, times nothing": [
    "refused",
    () => header(`{"a":${entry("F32", "[9007199254740993,9007199254740993,0]", "[0,0]")}}`, 0),
  ],
  "a shape that is not the bytes": ["refused", () => header(`{"a":${entry("F32", "[3]", "[0,16]")}}`)],
  "an unknown dtype": ["refused", () => header(`{"a":${entry("F9", "[16]", "[0,16]")}}`)],
  "a dtype that elman has not": ["read", () => header(`{"a":${entry("F8_E4M3", "[16]", "[0,16]")}}`)],
  "one of another size": ["refused", () => header(`{"a":${entry("F8_E4M3", "[15]", "[0,16]")}}`)],
  "a dtype of the prototype": ["refused", () => header(`{"a":${entry("toString", "[16]", "[0,16]")}}`)],
  "a missing shape": ["refused", () => header('{"a":{"dtype":"F32","data_offsets":[0,16]}}')],
  "no object": ["refused", () => header("[1]", 0)],
  "JSON nested 100,000 deep": ["refused", () => header(`{"a":${"[".repeat(100_000)}`, 0)],
  "objects nested 100,000 deep": ["refused", () => header('{"a":'.repeat(100_000), 0)],
  "spaces before the object": ["read", () => header(" {}", 0)],
  "no brace first": ["refused", () => header("x{}", 0)],
  "text after the object": ["refused", () => header("{}x", 0)],
  "a string without an end": ["refused", () => header('{"a', 0)],
  "a half of a surrogate": ["refused", () => header(`{"\\ud800":${entry("F32", "[4]", "[0,16]")}}`)],
  "names of the prototype": [
    "read",
    () =>
      header(
        `{"__proto__":${entry("F32", "[2]", "[0,8]")},"constructor":${entry("F32", "[2]", "[8,16]")},"__metadata__":{"__proto__":"x","toString":"y"}}`,
      ),
  ],
  "no tensors": ["read", () => header("{}", 0)],
  "a header of 640 bytes, which begins like a pickle": ["read", () => header(`{}${" ".repeat(638)}`, 0)],
  "spaces after the object": ["read", () => header("{}   \n", 0)],
};

const legacies: Record<string, [fate: Hostile["fate"], bytes: () => Bytes]> = {
  "in earnest": ["read", () => legacy([dict(["a", tensor(honest, true)])], [["0", 4, floats]])],
  "a storage cut off": ["refused", () => legacy([dict(["a", tensor(honest, true)])], [["0", 4, floats.slice(1)]])],
  "a storage that is larger the second time": [
    "refused",
    () =>
      legacy(
        [
          dict(
            ["a", tensor(honest, true)],
            ["b", tensor({ ...honest, count: 1000, shape: [1000], strides: [1] }, true)],
          ),
        ],
        [["0", 4, floats]],
      ),
  ],
  "a storage of 2^62 elements": [
    "refused",
    () => legacy([dict(["a", tensor({ ...honest, count: 2n ** 62n }, true)])], [["0", 4, floats]]),
  ],
  "storages that are not named": ["refused", () => legacy([dict(["a", tensor(honest, true)])], [])],
  "a storage that nobody has": ["refused", () => legacy(["}"], [["0", 4, floats]])],
  "os.system": ["refused", () => legacy([call("os", "system", text("exit 1"))], [])],
  "no magic number": ["refused", () => bytesOf("\x80\x02K\x01.\x80\x02K\x01.")],
  "a magic number alone": ["refused", () => bytesOf("\x80\x02", int(0x1950a86a20f9469cfc6cn), ".")],
  "a tar": ["refused", () => bytesOf(new Uint8Array(257), "ustar", new Uint8Array(250))],
};

const listed = (kind: string, list: Record<string, [Hostile["fate"], () => Bytes]>): Hostile[] =>
  Object.entries(list).map(([name, [fate, bytes]]) => ({ name: `${kind}: ${name}`, fate, bytes: bytes() }));

/** The same for a reader that takes objects: none runs, and none makes much of little. */
const objects: Record<string, { opcodes: readonly Part[]; fate: Hostile["fate"] }> = {
  "os.system": { opcodes: [call("os", "system", text("exit 1"))], fate: "read" },
  "builtins.eval, built upon": {
    opcodes: [call("builtins", "eval", text("1/0")), dict(["a", "N"]), "b"],
    fate: "read",
  },
  "__proto__ as a global": { opcodes: [call("__proto__", "constructor"), dict(["__proto__", "N"]), "b"], fate: "read" },
  "an object that holds itself": { opcodes: ["ca\nb\n)\x81q\x00}", text("a"), "h\x00sb"], fate: "read" },
  "an object that is its own state": { opcodes: ["ca\nb\n)\x81q\x00h\x00b"], fate: "read" },
  "objects nested 5000 deep": {
    opcodes: [repeat(5000, bytesOf("ca\nb\n")), "N", repeat(5000, "\x85R")],
    fate: "refused",
  },
  "a module that holds itself twice": {
    opcodes: [
      "ca\nM\n)\x81q\x00",
      dict(["_parameters", dict(["w", tensor(honest)])], ["_modules", dict(["a", "h\x00"], ["b", "h\x00"])]),
      "b",
    ],
    fate: "read",
  },
  "400,000 objects": { opcodes: ["ca\nb\nq\x00](", repeat(400_000, "h\x00)R"), "e"], fate: "refused" },
  "names of 1000 bytes": {
    opcodes: ["](", ...Array.from({ length: 400 }, (_, i) => bytesOf(`c${String(i).padEnd(900, "a")}\nb\n`)), "e"],
    fate: "read",
  },
  "an object for a key": { opcodes: ["}ca\nb\n)RK\x01s"], fate: "read" },
};

/** Files for a reader with `{ unknown: "opaque" }`. */
export const hostileObjects = (): Hostile[] =>
  Object.entries(objects).map(([name, { opcodes, fate }]) => ({ name, fate, bytes: file(opcodes, { 0: floats }) }));

export function hostile(): Hostile[] {
  return [
    ...Object.entries(programs).map((entry) => asArchive(entry, "refused")),
    ...Object.entries(plain).map((entry) => asArchive(entry, "read")),
    ...Object.entries(bombs).map(([name, { opcodes, fate }]) => asArchive([name, opcodes], fate)),
    ...listed("zip", archives),
    ...listed("safetensors", headers),
    ...listed("legacy", legacies),
  ];
}
