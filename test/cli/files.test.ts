import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { encodeSafetensors, encodeTorch } from "../../src/checkpoint/index.js";
import { byExtension, readBytes, readCheckpoint, refuseSame, writeParts } from "../../src/cli/files.js";
import { Job } from "../../src/cli/job.js";
import { tensor } from "../../src/index.js";
import { Recorded, temporary, temporaryFolder } from "./support.js";

const job = new Job(new Recorded(), new AbortController().signal);
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
    const { format, size } = await readCheckpoint(small, job);
    expect([format, size]).toEqual(["torch", 1]);
    const wide = { dtype: "I64" as const, shape: [2], data: new BigInt64Array([1n, 2n ** 40n]) };
    const large = await readCheckpoint(written("wide.safetensors", encodeSafetensors({ wide })), job);
    expect(large.get("wide")).toEqual(wide);
    const damaged = written("damaged.pt", encodeTorch({ a: tensor([1, 2]) }));
    truncateSync(damaged, 300);
    await expect(readCheckpoint(damaged, job)).rejects.toThrow(damaged);
  });

  it("reads once what is refused for another reason than the width of int32", async () => {
    const watched: string[] = [];
    const watch = (what: string) => {
      watched.push(what);
      return {};
    };
    const watching = { watch } as unknown as Job;
    await expect(readCheckpoint(written("stray", "x".repeat(20)), watching)).rejects.toThrow("neither");
    expect(watched).toEqual(["reading stray"]);
  });
});

describe("writing", () => {
  it("shows how far it is, and stops", async () => {
    const path = written("out", "before");
    const controller = new AbortController();
    const screen = new Recorded(true);
    const parts = () => [new Uint8Array(1 << 24), new Uint8Array([3])];
    const stopped = new Job(screen, controller.signal);
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
      await expect(refuseSame(path, other)).rejects.toMatchObject({ exitCode: 2, message: /is the input, which/ });
    }
    await refuseSame(path, temporary("another"));
    await refuseSame(path, written("another too", "x"));
  });
});

it("tells formats by extensions, in any case of letters", () => {
  const formats = { ".a": 1, ".b": 2 };
  expect([byExtension("x/y.a", formats), byExtension("Y.B", formats)]).toEqual([1, 2]);
  for (const path of ["y.c", "a", ".a", "x.a/y"]) {
    expect(() => byExtension(path, formats)).toThrow(`the format of '${path}' is told by its extension`);
  }
});
