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
import { bytesOf, refusal } from "../archives.js";

const folder = mkdtempSync(join(tmpdir(), "elman-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("writeFile", () => {
  it("writes parts one after the other, over what was there", () => {
    const path = join(folder, "a");
    writeFileSync(path, "what was there before, and was longer");
    writeFile("save()", path, [bytesOf("one "), bytesOf(), bytesOf("two")]);
    expect(readFileSync(path, "utf8")).toBe("one two");
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("leaves what was there where it fails midway", () => {
    const path = join(folder, "a");
    writeFileSync(path, "before");
    function* parts() {
      yield bytesOf("half");
      throw new Error("midway");
    }
    expect(() => writeFile("save()", path, parts())).toThrow("midway");
    expect([readFileSync(path, "utf8"), readdirSync(folder)]).toEqual(["before", ["a"]]);
  });

  it("leaves no temporary file where the target cannot be replaced", async () => {
    mkdirSync(join(folder, "b"));
    expect(await refusal(() => writeFile("save()", join(folder, "b"), [bytesOf("x")]))).toBe(
      `save() cannot write '${join(folder, "b")}': it is a folder or a device`,
    );
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
  });

  it("writes where links lead, also to what is not there yet, and leaves the links", () => {
    const inside = (name: string) => join(folder, "b", name);
    writeFileSync(inside("real"), "before");
    symlinkSync("real", inside("link"));
    symlinkSync(inside("link"), inside("link to a link"));
    symlinkSync("new", inside("loose"));
    writeFile("save()", inside("link to a link"), [bytesOf("through")]);
    writeFile("save()", inside("loose"), [bytesOf("made")]);
    const text = (name: string) => readFileSync(inside(name), "utf8");
    expect(["real", "link", "new", "loose"].map(text)).toEqual(["through", "through", "made", "made"]);
    expect(["link", "link to a link", "loose"].map((name) => readlinkSync(inside(name)))).toEqual([
      ...["real", inside("link"), "new"],
    ]);
    expect(readdirSync(inside(""))).toHaveLength(5);
  });

  it("keeps the mode of what it replaces, whatever the mask", () => {
    const path = join(folder, "a");
    for (const mode of [0o600, 0o666, 0o755]) {
      chmodSync(path, mode);
      writeFile("save()", path, [bytesOf("x")]);
      expect(statSync(path).mode & 0o7777).toBe(mode);
    }
  });

  it("says where it cannot write", async () => {
    expect(await refusal(() => writeFile("save()", join(folder, "absent", "a"), []))).toBe(
      `save() cannot write '${join(folder, "absent", "a")}': no such file or directory`,
    );
    symlinkSync("ring", join(folder, "ring"));
    expect(await refusal(() => writeFile("save()", join(folder, "ring"), []))).toContain("too many symbolic links");
    vi.spyOn(process.getBuiltinModule("node:fs"), "writeSync").mockImplementation(() => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
    });
    expect(await refusal(() => writeFile("save()", join(folder, "a"), [bytesOf("y")]))).toBe(
      `save() cannot write '${join(folder, "a")}': no space left on device`,
    );
    vi.restoreAllMocks();
    expect([readFileSync(join(folder, "a"), "utf8"), readdirSync(folder).sort()]).toEqual(["x", ["a", "b", "ring"]]);
    expect(existsSync("/dev/null") ? await refusal(() => writeFile("save()", "/dev/null", [])) : "device").toContain(
      "device",
    );
    expect(await refusal(() => writeFile("save()", 3 as never, []))).toBe("save() expected a path, got: number");
    vi.stubGlobal("process", undefined);
    const sentence = await refusal(() => writeFile("save()", "a", []));
    vi.unstubAllGlobals();
    expect(sentence).toContain("save() writes files in Node only");
  });
});

it("joins parts", () => {
  expect(joined([bytesOf("a"), bytesOf(), bytesOf("bc")])).toEqual(bytesOf("abc"));
});
