import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { fail } from "../../../src/base/errors.js";
import { type Source, withSource } from "../../../src/checkpoint/bytes/source.js";
import { refusal } from "../archives.js";

const folder = mkdtempSync(join(tmpdir(), "elman-"));
const path = join(folder, "bytes");
const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 255);
writeFileSync(path, bytes);
afterAll(() => rmSync(folder, { recursive: true }));

const within = new Uint8Array(1100).fill(9);
within.set(bytes, 50);
const shared = new SharedArrayBuffer(1000);
new Uint8Array(shared).set(bytes);

const sources: Record<string, [source: Source, name: string]> = {
  "a path": [path, path],
  "a file URL": [pathToFileURL(path), pathToFileURL(path).href],
  "the string of a file URL": [pathToFileURL(path).href, pathToFileURL(path).href],
  "an ArrayBuffer": [bytes.buffer, "the given bytes"],
  "a SharedArrayBuffer": [shared, "the given bytes"],
  "part of a typed array": [within.subarray(50, 1050), "the given bytes"],
  "a DataView": [new DataView(within.buffer, 50, 1000), "the given bytes"],
  "a Blob": [new Blob([bytes]), "the given Blob"],
  "a File": [new File([bytes], "model.pt"), "model.pt"],
  "a Response": [new Response(bytes), "the given Response"],
};

describe("withSource", () => {
  it.each(Object.keys(sources))("reads %s", async (kind) => {
    const [source, name] = sources[kind];
    await withSource("load()", source, {}, async (file) => {
      expect([file.name, file.size]).toEqual([name, 1000]);
      expect(await file.read(0, 1000)).toEqual(bytes);
      expect(await file.read(990, 993)).toEqual(bytes.slice(990, 993));
      expect(await file.read(5, 5)).toEqual(new Uint8Array());
    });
  });

  it("hands out memory of its own", async () => {
    const given = Uint8Array.of(1, 2, 3);
    const got = await withSource("load()", given, {}, (file) => file.read(0, 3));
    given[0] = 9;
    expect([...got]).toEqual([1, 2, 3]);
  });

  it("closes a file, whatever happens", async () => {
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    for (let i = 0; i < 20; i++) {
      await expect(withSource("load()", path, {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    }
    expect(open()).toBeLessThan(before + 10);
  });

  it("cuts sentences that a file would make as long as itself", async () => {
    const long = () =>
      withSource("load()", new Uint8Array(1), {}, async () => fail("IndexError", `a${"b".repeat(5000)}c`));
    expect(await refusal(long)).toMatch(/^ab{499} … b{249}c$/);
    await expect(long()).rejects.toMatchObject({ kind: "IndexError" });
  });

  it("refuses what has no bytes", async () => {
    const none = async () => 0;
    expect(await refusal(() => withSource("load()", 3 as never, {}, none))).toContain(
      "load() expected bytes, a Blob, a Response or a path, got: number",
    );
    expect(await refusal(() => withSource("load()", {} as never, {}, none))).toContain("got: Object");
    expect(await refusal(() => withSource("load()", null as never, {}, none))).toContain("got: null");
    expect(await refusal(() => withSource("load()", join(folder, "absent"), {}, none))).toBe(
      `load() cannot read '${join(folder, "absent")}': no such file or directory`,
    );
    expect(await refusal(() => withSource("load()", "file://host/x.pt", {}, none))).toContain(
      "load() cannot read 'file://host/x.pt': File URL host must be",
    );
    expect(await refusal(() => withSource("load()", folder, {}, none))).toContain("expected a file, got a folder");
    expect(await refusal(() => withSource("load()", "https://host/x.pt", {}, none))).toContain("await fetch(url)");
    expect(await refusal(() => withSource("load()", new Response("no", { status: 404 }), {}, none))).toContain(
      "status 404",
    );
  });
});
