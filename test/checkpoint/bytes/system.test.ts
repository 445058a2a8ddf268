import { openSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { nodeProcess, reasonOf } from "../../../src/checkpoint/bytes/system.js";

afterEach(() => vi.unstubAllGlobals());

it("gives the process in Node, and nothing elsewhere", () => {
  expect(nodeProcess()?.pid).toBe(process.pid);
  vi.stubGlobal("process", { pid: 1 });
  expect(nodeProcess()).toBeUndefined();
  vi.stubGlobal("process", undefined);
  expect(nodeProcess()).toBeUndefined();
});

it("says why a call failed", () => {
  const reason = (run: () => number) => {
    try {
      return run();
    } catch (error) {
      return reasonOf(error);
    }
  };
  expect(reason(() => openSync("/none, open/such: x", "r"))).toBe("no such file or directory");
  expect(reason(() => openSync("a\0b", "r"))).toMatch(/^The argument 'path' must be .* Received 'a/);
  const full = { message: "ENOSPC: no space left on device, write", code: "ENOSPC", syscall: "write" };
  expect(reasonOf(Object.assign(new Error(), full))).toBe("no space left on device");
  expect(reasonOf(new Error("ERR: said, undefined"))).toBe("ERR: said, undefined");
});
