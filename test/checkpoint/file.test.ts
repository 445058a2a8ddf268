import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { joined, writeFile } from "../../src/checkpoint/file.js";
import { bytesOf, refusal } from "./archives.js";

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

  it("leaves no temporary file where the target cannot be replaced", () => {
    mkdirSync(join(folder, "b"));
    expect(() => writeFile("save()", join(folder, "b"), [bytesOf("x")])).toThrow();
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
  });

  it("says where it cannot write", async () => {
    expect(await refusal(() => writeFile("save()", join(folder, "absent", "a"), []))).toContain("save() cannot write");
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
