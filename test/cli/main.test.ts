/** The command as a process: exit codes, streams, signals. Few, since each one starts a Node. */

import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { encodeSafetensors, saveTorch } from "../../src/checkpoint/index.js";
import { encodeNpy } from "../../src/cli/npy.js";
import { nn, zeros } from "../../src/index.js";
import { savedNet, temporary, temporaryFolder } from "./support.js";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** Makes a process believe that what we read is a terminal. */
const terminal = (name: string) => `data:text/javascript,process.${name}.isTTY=true;process.${name}.hasColors=()=>true`;

function started(args: readonly string[], preloaded: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const imports = [...preloaded, "tsx"].flatMap((one) => ["--import", one]);
  const child = spawn(process.execPath, [...imports, main, ...args], { env: { ...process.env, ...env } });
  const told = { out: "", err: "" };
  child.stdout.on("data", (data) => (told.out += data));
  child.stderr.on("data", (data) => (told.err += data));
  const ended = new Promise<{ code: number | null; signal: string | null; out: string; err: string }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, ...told })),
  );
  return { child, told, ended };
}

it("ends with 0 and plain text where there is no terminal, and colours where there is one", async () => {
  const { path } = await savedNet();
  const [plain, coloured] = await Promise.all([
    started(["inspect", path]).ended,
    started(["inspect", path], [terminal("stdout")]).ended,
  ]);
  expect([plain.code, plain.err, coloured.code]).toEqual([0, "", 0]);
  expect(plain.out).toContain("\nlstm: LSTM(3, 4, num_layers=2)\n");
  expect(plain.out).not.toContain("\u001b");
  expect(coloured.out).toContain("\u001b[1mlayers\u001b[22m");
});

it("has no colours where NO_COLOR is set", async () => {
  const { path } = await savedNet();
  // What a terminal says of itself, without one.
  const asked = `data:text/javascript,import { WriteStream } from "node:tty";
    process.stdout.hasColors = WriteStream.prototype.hasColors;
    process.stdout.getColorDepth = WriteStream.prototype.getColorDepth;`;
  // What else may decide it, where the tests run by hand or by a machine.
  const env = { TERM: "xterm-256color", CI: undefined, FORCE_COLOR: undefined, NODE_DISABLE_COLORS: undefined };
  const [coloured, plain] = await Promise.all(
    [undefined, "1"].map((NO_COLOR) => started(["inspect", path], [asked], { ...env, NO_COLOR }).ended),
  );
  expect([coloured.out.includes("\u001b[1m"), plain.out.includes("\u001b")]).toEqual([true, false]);
});

it("reads stdin and writes stdout, byte for byte", async () => {
  const { net, path } = await savedNet();
  const { child, ended } = started(["convert", "-", "-", "--to", "safetensors"]);
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.stdin.end(readFileSync(path));
  const { code, err } = await ended;
  expect([code, err.startsWith("stdout: safetensors, 17 tensors, ")]).toEqual([0, true]);
  const wanted = encodeSafetensors(net.stateDict(), { metadata: { format: "pt" } });
  expect(Buffer.compare(Buffer.concat(parts), wanted)).toBe(0);
});

it("stops at Ctrl-C while it waits for a pipe", async () => {
  const { child, told, ended } = started(
    ["inspect", "-"],
    [
      "data:text/javascript,process.on('newListener', (name) => name === 'SIGTERM' && setTimeout(() => console.error('ready')))",
    ],
  );
  child.stderr.on("data", () => told.err.includes("ready") && !child.killed && child.kill("SIGINT"));
  expect(await ended).toMatchObject({ code: 130, out: "", err: "ready\nelman-nn: stopped\n" });
});

it("keeps its exit code where nobody reads its errors", async () => {
  const { child, ended } = started(["inspect", temporary("none.pt")]);
  child.stderr.destroy();
  expect(await ended).toMatchObject({ code: 1, signal: null, out: "" });
});

it("ends with 1 for a bad file, 2 for wrong usage", async () => {
  writeFileSync(temporary("bad.pt"), "nothing of the kind");
  const [bad, wrong] = await Promise.all([
    started(["inspect", temporary("bad.pt"), "--json"]).ended,
    started(["inspect"]).ended,
  ]);
  expect([bad.code, Object.keys(JSON.parse(bad.out)), bad.err.match(/\n/g)?.length]).toEqual([1, ["error"], 1]);
  expect(wrong).toMatchObject({ code: 2, out: "", err: "elman-nn: missing required argument 'file'\n" });
});

it("ends quietly where nobody reads on", async () => {
  const { path } = await savedNet();
  const { child, ended } = started(["inspect", path]);
  child.stdout.destroy();
  expect(await ended).toMatchObject({ code: 0, signal: null, err: "" });
});

it("ends with 1 and a sentence where what it found cannot be written", async () => {
  const { path } = await savedNet();
  const refusing = `data:text/javascript,
    import { Writable } from "node:stream";
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
    const stdout = new Writable({ write: (chunk, encoding, done) => done(error) });
    Object.defineProperty(process, "stdout", { value: stdout });`;
  const { code, out, err } = await started(["inspect", path], [refusing]).ended;
  expect([code, out, err]).toEqual([1, "", "elman-nn: cannot write to stdout: no space left on device\n"]);
});

it("stops at Ctrl-C in the middle of a long run, and leaves no file", async () => {
  const layer = new nn.LSTM(1, 256, { numLayers: 2 });
  await saveTorch(layer.stateDict(), temporary("long.pt"));
  // Minutes of work.
  writeFileSync(temporary("long.npy"), Buffer.concat(encodeNpy(zeros([2_000_000, 1]))));
  const before = readdirSync(temporaryFolder);
  const args = ["run", temporary("long.pt"), "--input", temporary("long.npy"), "--output", temporary("y.npy")];
  const { child, told, ended } = started([...args, "--stream"], [terminal("stderr")]);
  let isStopped = false;
  child.stderr.on("data", () => {
    if (isStopped || !told.err.includes("running")) return;
    isStopped = true;
    // Twice, as through npx.
    child.kill("SIGINT");
    child.kill("SIGINT");
  });
  const { code, signal, out, err } = await ended;
  expect([code, signal, out]).toEqual([130, null, ""]);
  expect(err).toMatch(/\rrunning \d+ %.*\r.\[Kelman-nn: stopped\n$/s);
  expect(readdirSync(temporaryFolder)).toEqual(before);
});
