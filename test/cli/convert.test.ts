import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Checkpoint,
  encodeSafetensors,
  encodeTorch,
  fileDTypeOf,
  load,
  loadSafetensors,
  OrderedDict,
  saveSafetensors,
  saveTorch,
} from "../../src/checkpoint/index.js";
import { fromOnnx } from "../../src/convert/index.js";
import { nn, randn, type Tensor, tensor } from "../../src/index.js";
import { pathOf, plain } from "../checkpoint/fixtures.js";
import { elman, elmanJson, piped, savedNet, temporary, temporaryFolder } from "./support.js";

/** Whatever was there before. */
const convert = (...args: string[]) => elman("convert", "--force", ...args);
const convertJson = <T = Record<string, unknown>>(...args: string[]) => elmanJson<T>("convert", "--force", ...args);
const names = (checkpoint: Checkpoint): string[] => [...checkpoint.keys()];

describe("convert", () => {
  it.each(["pt", "pth", "tar", "bin", "ckpt"])("writes safetensors as .%s and back, bit for bit", async (extension) => {
    const { net } = await savedNet();
    const [first, middle, last] = ["a.safetensors", `b.${extension}`, "c.safetensors"].map(temporary);
    await saveSafetensors(net.stateDict(), first, { metadata: { by: "me" } });
    expect(await convertJson(first, middle)).toMatchObject({ format: "torch", left: ["__metadata__"] });
    expect((await load(middle)).format).toBe("torch");
    expect(await convertJson(middle, last)).toMatchObject({ format: "safetensors", left: [] });
    const stateDict = net.stateDict();
    expect(readFileSync(last).equals(encodeSafetensors(stateDict, { metadata: { format: "pt" } }))).toBe(true);
    expect(await convertJson(first, last)).toMatchObject({ bytes: readFileSync(first).length, left: [] });
    expect(readFileSync(last).equals(readFileSync(first))).toBe(true);
  });

  it("keeps everything in a file of torch.save, where the output is one", async () => {
    const path = temporary("training.pt");
    const { code, out } = await convert(pathOf("training.pt"), path);
    const simplified =
      "what Python tells apart and JavaScript does not (torch.dtype and torch.device become strings, Parameters tensors, floats without a fraction ints)";
    expect([code, out]).toEqual([0, `${path}: torch, everything, 5.3 kB\nleft behind: ${simplified}\n`]);
    expect(plain(await load(path))).toEqual(plain(await load(pathOf("training.pt"))));
  });

  it("takes the state dict where the output holds no more, and says what is left behind", async () => {
    const path = temporary("training.safetensors");
    const { left, contents } = await convertJson<{ left: string[]; contents: string }>(pathOf("training.pt"), path);
    expect(contents).toBe("7 tensors under 'model_state_dict'");
    expect(left).toContain("optimizer");
    const read = (await load(path)) as Checkpoint<Tensor>;
    expect(fileDTypeOf(read.get("norm.num_batches_tracked") as Tensor)).toBe("I64");
  });

  it("keeps the versions of modules in a file of torch.save, and says that they are lost in another", async () => {
    const versions = (...names: string[]) => new Map(names.map((name) => [name, new Map([["version", 1]])]));
    const dict = new OrderedDict<Tensor>([["module.a.x", tensor([1])]]);
    dict.attributes.set("_metadata", versions("", "module", "module.a"));
    const [path, to, none] = ["versions.pt", "versions.pth", "versions.safetensors"].map(temporary);
    const metadata = async () => new Map((await load(to)).metadata);
    await saveTorch({ net: dict, epoch: 3 }, path);
    expect(await convertJson(path, to, "--key", "net")).toMatchObject({ left: ["epoch"] });
    expect(await metadata()).toEqual(versions("", "module", "module.a"));
    expect(await convertJson(path, none)).toMatchObject({ left: ["_metadata", "epoch"] });
    await saveTorch({ ema: { net: dict, decay: 0.5 }, epoch: 3 }, path);
    expect(await convertJson(path, to, "--key", "ema.net")).toMatchObject({ left: ["epoch", "ema.decay"] });
    expect(await metadata()).toEqual(versions("", "module", "module.a"));
    await saveTorch(dict, path);
    expect(await convertJson(path, to)).toMatchObject({ contents: "1 tensor", left: [] });
    expect(await metadata()).toEqual(versions("", "module", "module.a"));
    expect(await convertJson(path, to, "--strip-prefix", "module.")).toMatchObject({ left: [] });
    expect(await metadata()).toEqual(versions("", "a"));
    expect(await convertJson(path, none)).toMatchObject({ left: ["_metadata"] });
    expect(await convertJson(path, none, "--strip-prefix", "module.")).toMatchObject({ left: ["_metadata"] });
  });

  it("takes the state dict under a key", async () => {
    const path = temporary("keys.pt");
    await saveTorch({ a: { x: tensor([1]) }, b: { y: tensor([2]) } }, path);
    await convertJson(path, temporary("key.pt"), "--key", "b");
    expect(names(await load(temporary("key.pt")))).toEqual(["y"]);
    expect((await convert(path, temporary("none.safetensors"))).code).toBe(1);
    expect(existsSync(temporary("none.safetensors"))).toBe(false);
  });

  it("takes prefixes off", async () => {
    const path = temporary("prefixes.pt");
    await saveTorch({ "module.net.x": tensor([1]), "module.net.y": tensor([2]) }, path);
    const to = temporary("bare.safetensors");
    await convertJson("--strip-prefix", "module.", path, to);
    expect(names(await load(to))).toEqual(["net.x", "net.y"]);
    await convertJson(path, "--strip-prefix", "net.", "--strip-prefix", "module.", to);
    expect(names(await load(to))).toEqual(["x", "y"]);
    const { contents } = await convertJson(path, to, "--strip-prefix", "module.net.");
    expect([names(await load(to)), contents]).toEqual([["x", "y"], "2 tensors without the prefix 'module.net.'"]);
    expect((await convert(path, to, "--strip-prefix=other.")).err).toContain("begin with 'other.'");
  });

  it.each(["F64", "F16", "BF16", "F32"] as const)("writes floats as %s", async (dtype) => {
    const source = { x: randn([5]), n: tensor([1, 2], { dtype: "int32" }) };
    const from = temporary("floats.safetensors");
    await saveSafetensors(source, from);
    for (const [extension, encode] of [["pt", encodeTorch] as const, ["safetensors", encodeSafetensors] as const]) {
      const to = temporary(`${dtype}.${extension}`);
      await convertJson(from, to, "--dtype", dtype);
      const loaded = (await load(to)) as Checkpoint<Tensor>;
      expect([...loaded.values()].map(fileDTypeOf)).toEqual([dtype, "I32"]);
      expect(readFileSync(to).equals(encode(source, { dtype }))).toBe(true);
    }
  });

  it("refuses numbers that a dtype would make infinite, and leaves no file", async () => {
    await saveSafetensors({ x: tensor([1, 7e4]) }, temporary("large.safetensors"));
    for (const to of ["large.pt", "small.safetensors"].map(temporary)) {
      const { code, err } = await convert(temporary("large.safetensors"), to, "--dtype", "F16");
      expect([code, err]).toEqual([1, expect.stringMatching(/'x'\]? holds 70000, which F16 cannot hold\n$/)]);
      expect(existsSync(to)).toBe(false);
    }
  });

  it("keeps whole numbers that int32 cannot hold, and the dtypes of the file", async () => {
    const wide = { dtype: "I64" as const, shape: [1], data: new BigInt64Array([2n ** 40n]) };
    await saveSafetensors({ wide, half: tensor([1]) }, temporary("wide.safetensors"), { dtype: "F16" });
    await convertJson(temporary("wide.safetensors"), temporary("wide.pt"), "--dtype", "original");
    const read = await load(temporary("wide.pt"), { int64: "bigint" });
    expect(read.get("wide")).toEqual(wide);
    expect(fileDTypeOf(read.get("half") as Tensor)).toBe("F16");
  });

  it("writes a layer as an ONNX model", async () => {
    const { net, path } = await savedNet();
    const to = temporary("lstm.onnx");
    expect(await convertJson(path, to, "--layer", "lstm")).toMatchObject({
      format: "onnx",
      contents: `lstm: ${net.lstm}`,
    });
    const [lower, upper] = fromOnnx(readFileSync(to));
    expect(lower.layer.weight_ih_l0.toNested()).toEqual(net.lstm.weight_ih_l0.toNested());
    expect(upper.layer.weight_hh_l0.toNested()).toEqual(net.lstm.weight_hh_l1.toNested());

    const rnn = new nn.RNN(2, 3);
    await saveTorch(rnn.stateDict(), path);
    await convertJson(path, to, "--nonlinearity", "relu", "--batch-first");
    expect((fromOnnx(readFileSync(to))[0].layer as nn.RNN).nonlinearity).toBe("relu");
    expect(readFileSync(to).includes("batch_first")).toBe(true);
    expect((await convert(path, to)).err).toContain("warning: the RNN at '' is built with tanh");
  });

  it("refuses what makes no sense, before anything is read", async () => {
    const { path } = await savedNet();
    const before = readdirSync(temporaryFolder);
    const cases: [string[], string][] = [
      [[path, temporary("x.txt")], "expected to be one of .safetensors, .onnx, .pt"],
      [[path, temporary("x")], "is told by its extension"],
      [[path, path], "is the input, which is never written over"],
      [["none.pt", temporary("x.pt"), "--layer", "lstm"], "--layer has no meaning but for an .onnx file"],
      [["none.pt", temporary("x.pt"), "--batch-first"], "--batch-first has no meaning but for"],
      [["none.pt", temporary("x.onnx"), "--dtype", "F16"], "--dtype has no meaning for an .onnx file"],
      [["none.pt", temporary("x.onnx"), "--strip-prefix=a."], "--strip-prefix has no meaning for an .onnx file"],
      [["none.pt", temporary("x.pt"), "--dtype", "F8"], "allowed choices are F32, F16, BF16, F64, original"],
    ];
    for (const [args, sentence] of cases) {
      const { code, err, out } = await convert(...args);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(sentence);
      expect(err.match(/\n/g)).toHaveLength(1);
    }
    expect(readdirSync(temporaryFolder)).toEqual(before);
  });

  it("says what a format cannot hold, and leaves no file", async () => {
    copyFileSync(pathOf("list.pt"), temporary("list.pt"));
    const { code, err } = await convert(temporary("list.pt"), temporary("list.safetensors"));
    expect([code, err]).toEqual([1, "elman-nn: found no dict of named tensors; the checkpoint holds Array\n"]);
    expect(existsSync(temporary("list.safetensors"))).toBe(false);
    await convertJson(temporary("list.pt"), temporary("again.pt"));
    expect(plain((await load(temporary("again.pt"))).root)).toEqual(plain((await load(pathOf("list.pt"))).root));
    expect((await loadSafetensors(encodeSafetensors({ a: tensor([1]) }))).size).toBe(1);
  });

  it("writes over what is there with --force only, and says so before it reads", async () => {
    const { path } = await savedNet();
    const to = temporary("there.safetensors");
    writeFileSync(to, "precious");
    for (const from of [path, "none.pt"]) {
      const { code, out, err } = await elman("convert", from, to);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toBe(`elman-nn: '${to}' is there already, and is written over with --force only\n`);
      expect(readFileSync(to, "utf8")).toBe("precious");
    }
    expect((await elman("convert", path, to, "--force")).code).toBe(0);
    expect((await load(to)).size).toBe(17);
    expect((await elman("convert", path, path, "--force")).code).toBe(2);
  });

  it("says before it reads that there is no folder for the output", async () => {
    const to = join(temporary("nowhere"), "x.pt");
    const sentence = `elman-nn: cannot write '${to}': there is no folder '${temporary("nowhere")}'\n`;
    expect(await elman("convert", "none.pt", to)).toEqual({ code: 1, out: "", err: sentence });
  });

  it("reads a pipe and writes one, byte for byte what a file would have", async () => {
    const { path } = await savedNet();
    for (const format of ["safetensors", "pt", "onnx"]) {
      const more = format === "onnx" ? ["--layer", "lstm"] : [];
      const to = temporary(`whole.${format}`);
      const about = await convert(path, to, ...more);
      const { code, out, err, bytes } = await piped(readFileSync(path), "convert", "-", "-", "--to", format, ...more);
      expect([code, out, bytes.equals(readFileSync(to))]).toEqual([0, "", true]);
      // What a file's result says on stdout, a pipe's says on stderr.
      expect(err).toBe(about.out.replace(to, "stdout"));
    }
    const { code, err, bytes } = await piped(readFileSync(path), "convert", "-", "-", "--to", "pt", "--json");
    expect([code, bytes.length]).toEqual([2, 0]);
    expect(err).toBe("elman-nn: --json and an output named - would both take stdout: name a file\n");
  });
});
