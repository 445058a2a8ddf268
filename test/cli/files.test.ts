import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { encodeSafetensors, encodeTorch, fileDTypeOf } from "../../src/checkpoint/index.js";
import {
  byExtension,
  checkOutput,
  readBytes,
  readCheckpoint,
  readOutline,
  refuseExisting,
  writeParts,
} from "../../src/cli/files.js";
import { Job } from "../../src/cli/job.js";
import { type Tensor, tensor } from "../../src/index.js";
import { jobOn, Recorded, stdinOf, temporary, temporaryFolder } from "./support.js";

const job = jobOn();
const written = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(temporary(name), bytes);
  return temporary(name);
};

describe("reading", () => {
  it("gives all bytes, in more than one portion", async () => {
    const bytes = new Uint8Array((1 << 24) + 5).map((_, i) => i % 251);
    const read = await readBytes(written("large", bytes), job);
    expect(Buffer.compare(read, bytes)).toBe(0);
    expect((await readBytes(written("empty", ""), job)).length).toBe(0);
  });

  it("says in one sentence what cannot be read", async () => {
    await expect(readBytes(temporary("none"), job)).rejects.toThrow(
      `cannot read '${temporary("none")}': no such file or directory`,
    );
    await expect(readBytes(temporaryFolder, job)).rejects.toThrow(
      `expected a file, got a folder or a device: '${temporaryFolder}'`,
    );
  });

  it("loads checkpoints, with wide whole numbers where int32 is too narrow", async () => {
    const small = written("small.pt", encodeTorch({ a: tensor([1, 2]) }));
    const { format, size } = await readCheckpoint(small, {}, job);
    expect([format, size]).toEqual(["torch", 1]);
    const wide = { dtype: "I64" as const, shape: [2], data: new BigInt64Array([1n, 2n ** 40n]) };
    const large = await readCheckpoint(written("wide.safetensors", encodeSafetensors({ wide })), {}, job);
    expect(large.get("wide")).toEqual(wide);
    const damaged = written("damaged.pt", encodeTorch({ a: tensor([1, 2]) }));
    truncateSync(damaged, 300);
    await expect(readCheckpoint(damaged, {}, job)).rejects.toThrow(damaged);
  });

  it("gives an outline, of wide whole numbers as of others", async () => {
    const wide = { dtype: "I64" as const, shape: [2], data: new BigInt64Array([1n, 2n ** 40n]) };
    const outline = await readOutline(written("wide.pt", encodeTorch({ wide })), {}, job);
    expect([(outline.get("wide") as Tensor).shape, fileDTypeOf(outline.get("wide") as Tensor)]).toEqual([[2], "I64"]);
  });

  it("takes stdin for -, and calls it so", async () => {
    const on = (bytes: Uint8Array) => new Job(new Recorded(), new AbortController().signal, stdinOf(bytes));
    const wide = { dtype: "I64" as const, shape: [1], data: new BigInt64Array([2n ** 40n]) };
    const bytes = encodeTorch({ wide });
    expect((await readCheckpoint("-", {}, on(bytes))).get("wide")).toEqual(wide);
    expect(((await readOutline("-", {}, on(bytes))).get("wide") as Tensor).shape).toEqual([1]);
    expect(Buffer.compare(await readBytes("-", on(bytes)), bytes)).toBe(0);
    await expect(readCheckpoint("-", {}, on(bytes.subarray(0, 300)))).rejects.toThrow("stdin: zip archive");
    const refused = `stdin has more than the ${bytes.length - 1} bytes that --max-bytes allows`;
    await expect(readOutline("-", { maxBytes: bytes.length - 1 }, on(bytes))).rejects.toThrow(refused);
  });

  it("takes no more memory than is allowed", async () => {
    const path = written("costly.safetensors", encodeSafetensors({ a: tensor([1, 2, 3]) }));
    for (const read of [readCheckpoint, readOutline]) {
      await expect(read(path, { maxBytes: 11 }, job)).rejects.toThrow("takes more than the 11 bytes");
      expect((await read(path, { maxBytes: 1000 }, job)).size).toBe(1);
    }
  });

  it("reads once what is refused for another reason than the width of int32", async () => {
    const watched: string[] = [];
    const watch = (what: string) => {
      watched.push(what);
      return {};
    };
    const watching = { watch } as unknown as Job;
    await expect(readCheckpoint(written("stray", "x".repeat(20)), {}, watching)).rejects.toThrow("neither");
    expect(watched).toEqual(["reading stray"]);
  });
});

describe("writing", () => {
  it("shows how far it is, and stops", async () => {
    const path = written("out", "before");
    const controller = new AbortController();
    const screen = new Recorded(true);
    const parts = () => [new Uint8Array(1 << 24), new Uint8Array([3])];
    const stopped = jobOn(screen, controller.signal);
    await setTimeout(60);
    await writeParts(path, parts(), stopped);
    expect(screen.text).toContain("\rwriting out 99 %");
    expect(readFileSync(path).length).toBe((1 << 24) + 1);
    const before = readdirSync(temporaryFolder);
    setImmediate(() => controller.abort(130));
    await expect(writeParts(path, parts(), stopped)).rejects.toBe(130);
    expect(readdirSync(temporaryFolder)).toEqual(before);
  });

  it("says in one sentence what cannot be written", async () => {
    mkdirSync(temporary("folder"));
    await expect(writeParts(temporary("folder"), [], job)).rejects.toThrow(/cannot write '.*folder': it is a folder/);
  });

  it("refuses to write over the input under any name", async () => {
    const path = written("input", "x");
    linkSync(path, temporary("hard"));
    symlinkSync(path, temporary("soft"));
    for (const other of [path, temporary("hard"), temporary("soft")]) {
      for (const inputs of [[path], ["-", temporary("none"), path]]) {
        const refused = { exitCode: 2, message: /is the input, which/ };
        await expect(checkOutput(other, inputs)).rejects.toMatchObject(refused);
      }
    }
    await checkOutput(temporary("another"), [path]);
    await checkOutput(written("another too", "x"), [path, "-"]);
  });

  it("refuses a folder that is not there, or is a file, before there is anything to write", async () => {
    const file = written("no folder", "x");
    for (const folder of [temporary("nowhere"), file]) {
      const sentence = `cannot write '${join(folder, "y")}': there is no folder '${folder}'`;
      await expect(checkOutput(join(folder, "y"), [])).rejects.toThrow(sentence);
    }
  });

  it("refuses what is there already where it is asked to", async () => {
    await refuseExisting(temporary("fresh"));
    await expect(refuseExisting(written("stale", "x"))).rejects.toMatchObject({ exitCode: 1, message: /--force only/ });
  });
});

it("tells formats by extensions, in any case of letters", () => {
  const formats = { ".a": 1, ".b": 2 };
  expect([byExtension("x/y.a", formats), byExtension("Y.B", formats)]).toEqual([1, 2]);
  for (const path of ["y.c", "a", ".a", "x.a/y"]) {
    expect(() => byExtension(path, formats)).toThrow(`the format of '${path}' is told by its extension`);
  }
});
