import { describe, expect, it } from "vitest";
import { loadTorch, OrderedDict } from "../../../src/checkpoint/index.js";
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
    ["ctorch._utils\n_rebuild_sparse_tensor\n", "torch._utils._rebuild_sparse_tensor"],
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
    [["ctorch\nComplexFloatStorage\n"], "torch.ComplexFloatStorage is not supported; dtypes of tensors may be F64,"],
    [["ctorch\nQInt8Storage\n"], "torch.QInt8Storage is not supported"],
    [["ctorch\nSize\n", text("a"), "\x85R"], "torch.Size expected a tuple of sizes or strides, got: a"],
    [["ctorch\nSize\nJ\xff\xff\xff\xff\x85\x85R"], "expected whole numbers for sizes"],
    [["c__builtin__\nset\nK\x01\x85R"], "builtins.set expected a list, got: 1"],
    [["cbuiltins\nbytearray\nK\x01\x85R"], "builtins.bytearray expected bytes"],
    [["c_codecs\nencode\n", text("a"), text("rot13"), "\x86R"], "_codecs.encode expected text and latin1, got: rot13"],
    [["c_codecs\nencode\n", text("☃"), text("latin1"), "\x86R"], "characters below 256"],
    [
      ["ccollections\nOrderedDict\n]](]K\x02ea\x85R"],
      "collections.OrderedDict has Array for a key; only strings, numbers",
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

  it("a dtype that elman has not", async () => {
    const strange = bytesOf(
      "ctorch._utils\n_rebuild_tensor_v3\n(",
      bytesOf("(", text("storage"), "ctorch.storage\nUntypedStorage\n", text("0"), text("cpu"), "K\x10tQ"),
      "K\0K\x04\x85K\x01\x85\x89}ctorch\nfloat8_e5m2\ntR",
    );
    expect(await refusal(() => loadTorch(torchFile([strange], [bytes])))).toContain(
      "torch.float8_e5m2 is not supported",
    );
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
