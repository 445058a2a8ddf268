import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { joined, writeFile } from "../../../src/checkpoint/bytes/file.js";
import { bytesOf, partsOf, refusal } from "../archives.js";

const folder = mkdtempSync(join(tmpdir(), "elman-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("writeFile", () => {
  it("writes parts one after the other, over what was there", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "what was there before, and was longer");
    await writeFile("save()", path, partsOf(bytesOf("one "), bytesOf(), bytesOf("two")));
    expect(readFileSync(path, "utf8")).toBe("one two");
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("leaves what was there where it fails midway", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "before");
    function* parts() {
      yield bytesOf("half");
      throw new Error("midway");
    }
    const failing = Object.assign(parts(), { size: 8 });
    await expect(writeFile("save()", path, failing)).rejects.toThrow("midway");
    expect([readFileSync(path, "utf8"), readdirSync(folder)]).toEqual(["before", ["a"]]);
  });

  it("leaves no temporary file where the target cannot be replaced", async () => {
    mkdirSync(join(folder, "b"));
    expect(await refusal(() => writeFile("save()", join(folder, "b"), partsOf(bytesOf("x"))))).toBe(
      `save() cannot write '${join(folder, "b")}': it is a folder or a device`,
    );
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
  });

  it("writes where links lead, also to what is not there yet, and leaves the links", async () => {
    const inside = (name: string) => join(folder, "b", name);
    writeFileSync(inside("real"), "before");
    symlinkSync("real", inside("link"));
    symlinkSync(inside("link"), inside("link to a link"));
    symlinkSync("new", inside("loose"));
    await writeFile("save()", inside("link to a link"), partsOf(bytesOf("through")));
    await writeFile("save()", inside("loose"), partsOf(bytesOf("made")));
    const text = (name: string) => readFileSync(inside(name), "utf8");
    expect(["real", "link", "new", "loose"].map(text)).toEqual(["through", "through", "made", "made"]);
    expect(["link", "link to a link", "loose"].map((name) => readlinkSync(inside(name)))).toEqual([
      ...["real", inside("link"), "new"],
    ]);
    expect(readdirSync(inside(""))).toHaveLength(5);
  });

  it("keeps the mode of what it replaces, whatever the mask", async () => {
    const path = join(folder, "a");
    for (const mode of [0o600, 0o666, 0o755]) {
      chmodSync(path, mode);
      await writeFile("save()", path, partsOf(bytesOf("x")));
      expect(statSync(path).mode & 0o7777).toBe(mode);
    }
  });

  it("says where it cannot write", async () => {
    expect(await refusal(() => writeFile("save()", join(folder, "absent", "a"), partsOf()))).toBe(
      `save() cannot write '${join(folder, "absent", "a")}': no such file or directory`,
    );
    symlinkSync("ring", join(folder, "ring"));
    expect(await refusal(() => writeFile("save()", join(folder, "ring"), partsOf()))).toContain(
      "too many symbolic links",
    );
    vi.spyOn(process.getBuiltinModule("node:fs"), "writeSync").mockImplementation(() => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
    });
    expect(await refusal(() => writeFile("save()", join(folder, "a"), partsOf(bytesOf("y"))))).toBe(
      `save() cannot write '${join(folder, "a")}': no space left on device`,
    );
    vi.restoreAllMocks();
    expect([readFileSync(join(folder, "a"), "utf8"), readdirSync(folder).sort()]).toEqual(["x", ["a", "b", "ring"]]);
    expect(
      existsSync("/dev/null") ? await refusal(() => writeFile("save()", "/dev/null", partsOf())) : "device",
    ).toContain("device");
    expect(await refusal(() => writeFile("save()", 3 as never, partsOf()))).toBe("save() expected a path, got: number");
    vi.stubGlobal("process", undefined);
    const sentence = await refusal(() => writeFile("save()", "a", partsOf()));
    vi.unstubAllGlobals();
    expect(sentence).toContain("save() writes files in Node only");
  });
});

describe("writeFile, watched", () => {
  const path = join(folder, "watched");
  const portion = 1 << 24;
  const large = () => partsOf(new Uint8Array(portion + 5), new Uint8Array(2 * portion), bytesOf("end"));
  const files = () => readdirSync(folder).filter((name) => name.startsWith("watched"));

  it("tells how far it is, to the end", async () => {
    const told: number[][] = [];
    const parts = large();
    await writeFile("save()", path, parts, { onProgress: (...both) => told.push(both) });
    const { size } = parts;
    expect(told).toEqual([portion, 2 * portion + 5, 3 * portion + 5, size].map((done) => [done, size]));
    expect(statSync(path).size).toBe(size);
    rmSync(path);
  });

  it("stops at a signal from outside, and leaves no file", async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort("enough"));
    await expect(writeFile("save()", path, large(), { signal: stop.signal })).rejects.toBe("enough");
    expect(files()).toEqual([]);
    await expect(writeFile("save()", "/no/where", large(), { signal: stop.signal })).rejects.toBe("enough");
  });

  it("hears a signal that comes last, before anything is in its place", async () => {
    writeFileSync(path, "before");
    const stop = new AbortController();
    setImmediate(() => stop.abort("late"));
    await expect(writeFile("save()", path, partsOf(bytesOf("all")), { signal: stop.signal })).rejects.toBe("late");
    const onProgress = (done: number, total: number) => {
      if (done === total) throw new Error("last");
    };
    await expect(writeFile("save()", path, large(), { onProgress })).rejects.toThrow("last");
    expect([readFileSync(path, "utf8"), files()]).toEqual(["before", ["watched"]]);
  });
});

it("joins parts", () => {
  expect(joined([bytesOf("a"), bytesOf(), bytesOf("bc")])).toEqual(bytesOf("abc"));
});
