import { describe, expect, it } from "vitest";
import { type CheckpointValue, loadTorch, Opaque, OrderedDict } from "../../../src/checkpoint/index.js";
import type { Tensor } from "../../../src/index.js";
import { bytesOf, refusal, storage, tensorOf, text, torchFile } from "../archives.js";

const loaded = async (...opcodes: readonly (string | ArrayLike<number>)[]) =>
  (await loadTorch(torchFile(["}", text("x"), ...opcodes, "s"]))).get("x");
const bytes = new Uint8Array(16);

describe("what may be named", () => {
  it.each<[opcodes: readonly (string | ArrayLike<number>)[], value: unknown]>([
    [["ctorch\nfloat16\n"], "torch.float16"],
    [["ctorch\ncomplex64\n"], "torch.complex64"],
    [["ctorch\ndevice\n", text("cuda"), "K\x01\x86R"], "cuda:1"],
    [["ctorch\ndevice\n", text("cpu"), "\x85R"], "cpu"],
    [["ctorch\nSize\n(K\x02K\x03t\x85R"], [2, 3]],
    [["c__builtin__\nset\n](K\x01e\x85R"], new Set([1])],
    [["cbuiltins\nset\n)R"], new Set()],
    [["cbuiltins\nbytearray\nC\x01a\x85R"], Uint8Array.of(97)],
    [["c_codecs\nencode\n", text("\u00ff\u0000"), text("latin1"), "\x86R"], Uint8Array.of(255, 0)],
    [["ccollections\nOrderedDict\n]](K\x01K\x02ea\x85R"], new OrderedDict([[1, 2]])],
    [["ccollections\nCounter\n}K\x01K\x02s\x85R"], new Map([[1, 2]])],
    [["ccollections\nOrderedDict\n)\x81"], new OrderedDict()],
  ])("%j", async (opcodes, value) => {
    expect(await loaded(...opcodes)).toEqual(value);
  });
});

describe("what may not", () => {
  it.each([
    ["cos\nsystem\n", "os.system"],
    ["cposix\nsystem\n", "posix.system"],
    ["c__builtin__\neval\n", "builtins.eval"],
    ["cbuiltins\ngetattr\n", "builtins.getattr"],
    ["ccollections\ndefaultdict\n", "collections.defaultdict"],
    ["cnumpy.core.multiarray\nscalar\n", "numpy.core.multiarray.scalar"],
    ["ctorch.nn.modules.linear\nLinear\n", "torch.nn.modules.linear.Linear"],
    ["ctorch\nEvilStorage\n", "torch.EvilStorage"],
    ["ctorch\nload\n", "torch.load"],
    ["\x8c\x02os\x8c\x06system\x93", "os.system"],
    ["c__proto__\nconstructor\n", "__proto__.constructor"],
    ["c\ntoString\n", ".toString"],
  ])("%j", async (opcodes, name) => {
    expect(await refusal(() => loaded(opcodes))).toContain(
      `Unsupported global: GLOBAL ${name} was not an allowed global by default.`,
    );
  });

  it.each<[opcodes: readonly (string | ArrayLike<number>)[], sentence: string]>([
    [["ctorch\nSize\n", text("a"), "\x85R"], "torch.Size expected a tuple of sizes or strides, got: a"],
    [["ctorch\nSize\nJ\xff\xff\xff\xff\x85\x85R"], "expected whole numbers for sizes"],
    [["c__builtin__\nset\nK\x01\x85R"], "builtins.set expected a list, got: 1"],
    [["cbuiltins\nbytearray\nK\x01\x85R"], "builtins.bytearray expected bytes"],
    [["c_codecs\nencode\n", text("a"), text("rot13"), "\x86R"], "_codecs.encode expected text and latin1, got: rot13"],
    [["c_codecs\nencode\n", text("☃"), text("latin1"), "\x86R"], "characters below 256"],
    [
      ["ccollections\nOrderedDict\n]](]K\x02ea\x85R"],
      "collections.OrderedDict has Array for a key; only strings, numbers, booleans, None and tuples of them are supported",
    ],
    [["ctorch._utils\n_rebuild_parameter\nK\x01NN\x87R"], "_rebuild_parameter expected a tensor, got: 1"],
    [["ctorch._utils\n_rebuild_tensor_v2\n(K\x01tR"], "_rebuild_tensor_v2 expected 6 or 7 arguments, got: 1"],
    [["ccollections\nOrderedDict\nK\x01K\x02\x86R"], "OrderedDict expected 0 or 1 arguments, got: 2"],
    [["ctorch._utils\n_rebuild_tensor_v2\n(K\x01NNNNNtR"], "_rebuild_tensor_v2 expected a storage, got: 1"],
  ])("%j", async (opcodes, sentence) => {
    expect(await refusal(() => loaded(...opcodes))).toContain(sentence);
  });

  it.each([
    ["(K\x01tQ", "Only persistent_load of storage is allowed, but got 1"],
    ["NQ", "Only persistent_load of storage is allowed"],
    [bytesOf("(", text("storage"), "K\x01", text("0"), text("cpu"), "K\x04tQ"), "a storage has class 1"],
    [bytesOf("(", text("storage"), "ctorch\nFloatStorage\n", text("0"), text("cpu"), "J\xff\xff\xff\xfftQ"), "size -1"],
    [bytesOf("(", text("storage"), "ctorch\nFloatStorage\nN", text("cpu"), "K\x01tQ"), "key null"],
  ])("the persistent id %j", async (id, sentence) => {
    expect(await refusal(() => loaded(id))).toContain(sentence);
  });

  it("bits of tensors that say to read them another way", async () => {
    const negated = bytesOf(
      "ctorch._utils\n_rebuild_tensor_v2\n(",
      storage("FloatStorage", "0", 4),
      "K\0K\x04\x85K\x01\x85\x89}}",
      text("neg"),
      "\x88stR",
    );
    expect(await refusal(() => loadTorch(torchFile([negated], [bytes])))).toContain(
      "a tensor as it lies in memory, got: neg",
    );
  });
});

describe("what torch has, and elman has not, is opaque", () => {
  const tensor = (dtype: string, shape: number[]) => {
    const made = new Opaque("torch.Tensor", []);
    made.state = new Map<string, CheckpointValue>([
      ["dtype", dtype],
      ["shape", shape],
    ]);
    return made;
  };

  it("a dtype of bytes", async () => {
    const strange = bytesOf(
      "ctorch._utils\n_rebuild_tensor_v3\n(",
      bytesOf("(", text("storage"), "ctorch.storage\nUntypedStorage\n", text("0"), text("cpu"), "K\x10tQ"),
      "K\0K\x04\x85K\x01\x85\x89}ctorch\nfloat8_e5m2\ntR",
    );
    expect((await loadTorch(torchFile([strange], [bytes]))).root).toEqual(tensor("torch.float8_e5m2", [4]));
  });

  it("a storage, whose size must be right nonetheless", async () => {
    const complex = (count: number) => tensorOf(storage("ComplexFloatStorage", "0", count), 0, [2], [1]);
    const made = (x: Uint8Array) => bytesOf("ctorch._utils\n_rebuild_parameter\n", x, "\x88N\x87R");
    expect((await loadTorch(torchFile([made(complex(2))], [bytes]))).root).toEqual(tensor("torch.complex64", [2]));
    expect(await refusal(() => loadTorch(torchFile([complex(3)], [bytes])))).toContain(
      "storage '0' claims 24 bytes, but has 16",
    );
  });

  it.each<[opcodes: readonly (string | ArrayLike<number>)[], value: unknown]>([
    [["cbuiltins\ncomplex\nK\x01K\x02\x86R"], new Opaque("builtins.complex", [1, 2])],
    [["ccollections\nOrderedDict\n"], expect.objectContaining({ name: "collections.OrderedDict", args: null })],
    [["ctorch.serialization\n_get_layout\n", text("torch.strided"), "\x85R"], "torch.strided"],
    [
      ["ctorch._utils\n_rebuild_sparse_tensor\n", text("torch.sparse_coo"), ")\x86R"],
      new Opaque("torch._utils._rebuild_sparse_tensor", ["torch.sparse_coo", []]),
    ],
    [["ctorch\nper_tensor_affine\n"], "torch.per_tensor_affine"],
  ])("%j", async (opcodes, value) => {
    expect(await loaded(...opcodes)).toEqual(value);
  });
});

describe("with { unknown: 'opaque' }", () => {
  const opaque = async (...opcodes: readonly (string | ArrayLike<number>)[]) =>
    (await loadTorch(torchFile(opcodes), { unknown: "opaque" })).root;

  it("an object says its name, its arguments, its state, and what was put into it", async () => {
    const made = (await opaque(
      "ca.b\nC\n(K\x01ctorch\nSize\ntR",
      "(K\x02K\x03e",
      text("k"),
      "K\x04s",
      "}",
      text("s"),
      "K\x05sb",
    )) as Opaque;
    expect(made).toBeInstanceOf(Opaque);
    expect([made.name, made.items, made.entries, made.state]).toEqual([
      "a.b.C",
      [2, 3],
      new Map([["k", 4]]),
      new Map([["s", 5]]),
    ]);
    expect(made.args).toEqual([1, expect.objectContaining({ name: "torch.Size", args: null })]);
  });

  it("a name is one object, to which nothing is done", async () => {
    const [a, b] = (await opaque("(cos\nsystem\ncos\nsystem\nt")) as Opaque[];
    expect(a).toBe(b);
    expect([a.name, a.args]).toEqual(["os.system", null]);
    for (const change of ["K\x01a", "K\x01K\x02s", "}b"]) {
      expect(await refusal(() => opaque("cos\nsystem\n", change))).toMatch(/no list|no dict|no attributes/);
    }
  });

  it("what would be called is named, and nothing runs", async () => {
    expect(await opaque("cposix\nsystem\n", text("exit 1"), "\x85R")).toEqual(new Opaque("posix.system", ["exit 1"]));
    expect(await opaque("cbuiltins\nfrozenset\n](K\x01e\x85R")).toEqual(new Set([1]));
    expect(await opaque("ca\nb\nK\x01\x85}", text("x"), "K\x02s\x92")).toEqual(
      new Opaque("a.b", [1, new Map([["x", 2]])]),
    );
  });

  it("still refuses what is no pickle of torch.save", async () => {
    expect(await refusal(() => opaque("K\x01K\x02\x93"))).toContain("names a global by what is no text");
    expect(await refusal(() => opaque(text("a"), ")R"))).toContain("calls what cannot be called: string");
    expect(await refusal(() => opaque("ca\nb\nK\x01R"))).toContain("calls a.b with what is no tuple");
    for (const read of [loaded, opaque]) {
      const sentence = "calls what cannot be called: torch.ByteStorage";
      expect(await refusal(() => read("ctorch\nByteStorage\n)R"))).toContain(sentence);
    }
  });
});

it("takes parameters and tensors of every age", async () => {
  const data = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const old = bytesOf(
    "ctorch._utils\n_rebuild_tensor\n(",
    storage("FloatStorage", "0", 4),
    "K\x01K\x02\x85K\x01\x85tR",
  );
  const x = tensorOf(storage("FloatStorage", "0", 4), 2, [2], [1]);
  const parameter = bytesOf("ctorch._utils\n_rebuild_parameter_with_state\n(", x, "\x88}}tR");
  const made = bytesOf("ctorch.nn.parameter\nParameter\n(", x, "\x88t\x81");
  const { root } = await loadTorch(torchFile(["](", old, parameter, made, "e"], [data]));
  expect((root as Tensor[]).map((tensor) => tensor.toNested())).toEqual([
    [2, 3],
    [3, 4],
    [3, 4],
  ]);
});
