/** Runs in files: what goes on from one ends at the same bits, whenever the process ended; and PyTorch opens them. */

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadTorch, saveTorch } from "../../src/checkpoint/index.js";
import { manualSeed, nn, rand, type Tensor } from "../../src/index.js";
import { loadRun, saveRun } from "../../src/train/index.js";
import { bundled } from "../support/bundle.js";
import { torchPython } from "../support/torch_python.js";
import { training } from "./interrupted.js";

const directory = mkdtempSync(join(tmpdir(), "elman-run-"));
const script = join(directory, "script.mjs");
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  const path = fileURLToPath(new URL("interrupted.ts", import.meta.url));
  const { code } = await bundled(`import { main } from ${JSON.stringify(path)};\nawait main();`, "esm");
  writeFileSync(script, code);
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the script, and kills it `delay` milliseconds after it has told of `steps` steps; whether it came to its end. */
function live(path: string, steps = Infinity, delay = 0): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
    let [told, ended] = [0, false];
    createInterface({ input: child.stdout }).on("line", (line) => {
      ended ||= line === "done";
      if (++told === steps) setTimeout(() => child.kill("SIGKILL"), delay);
    });
    child.on("error", reject).on("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(ended);
      else reject(new Error(`the training ended with ${code ?? signal}`));
    });
  });
}

const kills = 50;

it(`killed ${kills} times at random moments, ends at the bits of a training that never was`, async () => {
  const [whole, broken] = [file("whole.pt"), file("broken.pt")];
  expect(await live(whole)).toBe(true);
  for (let i = 0; i < kills; i++) {
    // Seven steps and an epoch are eight lines: lives end in the middle of epochs and at their ends.
    const ended = await live(broken, Math.floor(9 * Math.random()) + 1, 8 * Math.random());
    expect(ended, `life ${i} came to the end`).toBe(false);
    expect(existsSync(broken)).toBe(true);
  }
  expect(await live(broken)).toBe(true);
  expect(readFileSync(broken).equals(readFileSync(whole))).toBe(true);
});

it("goes on in the same process, with the random stream", async () => {
  const path = file("one.pt");
  const first = training();
  const seen: number[] = [];
  for await (const event of first) {
    if ("step" in event && event.step === 5) await saveRun(path, first.parts);
    if ("step" in event && event.step > 5) seen.push(event.loss);
    if (seen.length === 20) break;
  }
  manualSeed(0);
  const second = training();
  await loadRun(path, second.parts);
  const again: number[] = [];
  for await (const event of second) {
    if ("step" in event) again.push(event.loss);
    if (again.length === 20) break;
  }
  expect(again).toEqual(seen);
});

it("takes parts of one's own, and refuses what does not fit", async () => {
  const path = file("parts.pt");
  manualSeed(4);
  const model = new nn.Linear(1, 1);
  await saveRun(path, { model });
  const next = rand([1]).item();
  const other = new nn.Linear(1, 1);
  await loadRun(path, { model: other });
  expect([other.weight.item(), rand([1]).item()]).toEqual([model.weight.item(), next]);
  await expect(loadRun(path, { net: other })).rejects.toThrow(
    "loadRun() expected 'net' in the file, which has: model, rng_state",
  );
  await saveTorch({ model: model.stateDict() }, path);
  await expect(loadRun(path, { model: other })).rejects.toThrow("loadRun() expected 'rng_state' in the file");
  for (const wrong of [undefined, null, {}, { model: 5 }, { model: null }, { rng_state: model }]) {
    await expect(saveRun(path, wrong as never)).rejects.toThrow(/^saveRun\(\) expected /);
  }
});

const python = torchPython();

it.skipIf(python === null)("is a file that PyTorch opens with weights_only, the random stream included", async () => {
  const path = file("torch.pt");
  const run = training();
  for await (const event of run) if ("step" in event && event.step === 9) break;
  await saveRun(path, run.parts);
  const model = (await loadTorch(path)).get("model") as ReadonlyMap<string, Tensor>;
  const next = rand([3]).toArray();
  const code = `
import json, sys, torch
run = torch.load(sys.argv[1], weights_only=True)
torch.set_rng_state(run["rng_state"])
optimizer = torch.optim.AdamW([torch.nn.Parameter(p) for p in run["model"].values()], amsgrad=True)
optimizer.load_state_dict(run["optimizer"])
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
scheduler.load_state_dict(run["scheduler"])
print(json.dumps([sorted(run), torch.rand(3).tolist(), run["model"]["linear.bias"].tolist(), run["loader"]["batches"],
                  run["fit"]["steps"], optimizer.param_groups[0]["initial_lr"], scheduler.last_epoch]))
`;
  const answer = JSON.parse(execFileSync(python as string, ["-W", "ignore", "-c", code, path], { encoding: "utf8" }));
  expect(answer).toEqual([
    ["fit", "loader", "model", "optimizer", "rng_state", "scheduler"],
    [...next],
    Array.from(model.get("linear.bias")?.toArray() ?? []),
    2,
    9,
    0.01,
    1,
  ]);
});

it("leaves no file behind but what was being written when a process was killed", () => {
  const rest = readdirSync(directory).filter((name) => !/\.pt$|\.mjs$/.test(name));
  expect(rest.every((name) => /^broken\.pt\.\d+-\d+\.tmp$/.test(name))).toBe(true);
});
