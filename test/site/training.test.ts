/** Trainings side by side: what is measured is right, a pause changes no bit, and what is saved is PyTorch's. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Generator, nn, noGrad, type Tensor } from "elman-nn";
import { loadTorch, stateDictOf } from "elman-nn/checkpoint";
import { afterAll, describe, expect, it } from "vitest";
import { furthest, power, short } from "../../site/src/charts/numbers.js";
import { add, decades, emptyHistory } from "../../site/src/learn/history.js";
import { Net } from "../../site/src/learn/net.js";
import { type Cell, cells, defaults, type Settings } from "../../site/src/learn/settings.js";
import { draw } from "../../site/src/learn/task.js";
import { every, overTime, type Report, Training } from "../../site/src/learn/training.js";
import { namesAlphabet, openNet } from "../../site/src/playground/models.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { torchPython } from "../support/torch_python.js";

/** Small, with dropout, so that each step draws random numbers. */
const small: Settings = {
  ...defaults,
  cells: ["RNN", "GRU"],
  length: 8,
  hidden: 8,
  layers: 2,
  dropout: 0.5,
  steps: 30,
};

/** All reports of a training that nobody interrupts. */
async function reports(settings: Settings): Promise<Report[]> {
  const training = new Training(settings);
  training.resume();
  const all: Report[] = [];
  for await (const report of training) all.push(report);
  return all;
}

/** The first report: before anything is learnt. */
async function begun(settings: Settings): Promise<Report> {
  for await (const report of new Training(settings)) return report;
  throw new Error("no report");
}

const gradients = ({ cells }: Report, cell: Cell) => cells[cell]?.measured?.gradient ?? [];

it("a sequence begins with what is to be named, and noise follows", () => {
  const [input, target] = draw(50, 7, new Generator().manualSeed(3));
  expect([input.shape, target.shape]).toEqual([[50, 7, 6], [50]]);
  expect(input.sum().item()).toBe(50 * 7);
  expect([...input.select(1, 0).argmax(1).toArray()]).toEqual([...target.toArray()]);
  expect(new Set(target.toArray())).toEqual(new Set([0, 1, 2, 3]));
  const rest = input.slice(1, 1).sum(1).sum(0);
  expect([...rest.slice(0, 0, 4).toArray()]).toEqual([0, 0, 0, 0]);
  expect(rest.slice(0, 4).min().item()).toBeGreaterThan(50);
});

describe("a training", () => {
  it("follows from its seed, whatever other cells there are", async () => {
    const [once, again] = [await reports(small), await reports(small)];
    expect(again).toEqual(once);
    expect(once.map(({ step }) => step)).toEqual(Array.from({ length: 31 }, (_, step) => step));
    const measured = once.filter(({ cells }) => cells.GRU?.measured).map(({ step }) => step);
    expect(measured).toEqual([0, every]);
    expect(await begun({ ...small, seed: 1 })).not.toEqual(once[0]);
    expect((await begun({ ...small, cells: ["GRU"] })).cells.GRU).toEqual(once[0].cells.GRU);
  });

  it("that was paused and stepped ends at the same bits", async () => {
    const training = new Training(small);
    const stream = training[Symbol.asyncIterator]();
    const all: Report[] = [];
    const next = async () => all.push((await stream.next()).value as Report);
    /** Whether a report comes. */
    const comes = (pending: Promise<unknown>) =>
      Promise.race([pending.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 200))]);

    await next();
    let pending: Promise<unknown> = next();
    expect(await comes(pending)).toBe(false);
    training.step();
    await pending;
    pending = next();
    expect(await comes(pending)).toBe(false);
    training.step();
    training.step();
    await pending;
    await next();
    training.resume();
    for (let i = 0; i < 5; i++) await next();
    training.pause();
    pending = next();
    expect(await comes(pending)).toBe(false);
    expect(all.length).toBe(9);
    training.resume();
    await pending;
    while (all.length < 31) await next();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(all).toEqual(await reports(small));
  });

  it.each(["LSTM", "GRU"] as const)("of a %s names the first of 20 symbols", async (cell) => {
    const all = await reports({ ...defaults, cells: [cell], length: 20, hidden: 16, steps: 150 });
    const { loss = Infinity, accuracy } = all[150].cells[cell]?.measured ?? {};
    expect(loss).toBeLessThan(0.05);
    expect(accuracy).toBe(1);
  });

  it("ends with fit's sentence where a loss is no number", async () => {
    const training = new Training({ ...small, cells: ["RNN"] });
    noGrad(() => training.net("RNN").rnn.weight_hh_l0.fill_(Number.NaN));
    training.resume();
    const all = async () => {
      for await (const _ of training);
    };
    await expect(all()).rejects.toThrow(
      "fit() stopped at step 1 of epoch 1: the loss is NaN; parameter 'rnn.weight_hh_l0' is not finite",
    );
    expect(() => training.net("GRU")).toThrow("GRU is not trained: RNN");
  });
});

describe("gradients back in time", () => {
  it.each(cells)("of the %s are those of a state from which the layer goes on", async (cell) => {
    const settings: Settings = { ...defaults, cells: [cell], length: 12, hidden: 8, seed: 5 };
    const training = new Training(settings);
    const { value: report } = await training[Symbol.asyncIterator]().next();
    const net = training.net(cell);
    const rnn = net.rnn as nn.RNNBase & { forward(x: Tensor, state?: unknown): [Tensor, Tensor | [Tensor, Tensor]] };
    const [input, target] = draw(64, 12, new Generator().manualSeed(5));
    const norms = Array.from({ length: 11 }, (_, t) => {
      const [, state] = noGrad(() => rnn.forward(input.slice(1, 0, t + 1)));
      const [h, ...c] = Array.isArray(state) ? state : [state];
      const from = h.detach().requiresGrad_();
      const [output] = rnn.forward(input.slice(1, t + 1), c.length > 0 ? [from, ...c] : from);
      nn.functional.crossEntropy(net.read(output), target).backward();
      return from.grad?.norm().item() ?? Number.NaN;
    });
    expectClose(gradients(report as Report, cell).slice(0, -1), norms, float32);
  });

  it("are of all layers and directions together, by place in the sequence", () => {
    const layers = [
      { name: "l0", gradient: [3, 0, 1] },
      { name: "l0_reverse", gradient: [0, 2, 4] },
    ];
    expect(overTime(layers)).toEqual([5, 2, 1]);
  });

  it("vanish in an RNN; in an LSTM and a GRU where gates begin open; in none where the reverse direction ends", async () => {
    const first = async (changes: Partial<Settings>) => {
      const report = await begun({ ...defaults, ...changes });
      return Object.fromEntries(cells.map((cell) => [cell, gradients(report, cell)[0]])) as Record<Cell, number>;
    };
    const open = await first({});
    expect(open.RNN).toBeLessThan(1e-14);
    expect(open.LSTM).toBeGreaterThan(5e-5);
    expect(open.GRU).toBeGreaterThan(1e-2);
    const closed = await first({ open: false });
    expect(closed.RNN).toBe(open.RNN);
    expect(closed.LSTM).toBeLessThan(1e-13);
    expect(closed.GRU).toBeLessThan(1e-11);
    const both = await first({ bidirectional: true });
    for (const cell of cells) expect(both[cell]).toBeGreaterThan(1e-2);
  });
});

describe("a saved file", () => {
  const settings: Settings = { ...small, cells: ["LSTM"], layers: 2, bidirectional: true, projection: 2, steps: 3 };
  const [input] = draw(5, 8, new Generator().manualSeed(9));
  const directory = mkdtempSync(join(tmpdir(), "elman-learn-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  async function saved(): Promise<{ bytes: Uint8Array<ArrayBuffer>; scores: Tensor }> {
    const training = new Training(settings);
    training.resume();
    for await (const _ of training);
    const net = training.net("LSTM").eval() as Net;
    return { bytes: training.save("LSTM"), scores: noGrad(() => net.forward(input)) };
  }

  it("is read back here: the net with its numbers, and what it was made with", async () => {
    const { bytes, scores } = await saved();
    const file = await loadTorch(bytes);
    const { cells: _, ...made } = settings;
    expect(Object.fromEntries(file.get("config") as Map<string, unknown>)).toEqual({ cell: "LSTM", ...made });
    const found = stateDictOf(file);
    expect(found.key).toBe("model_state_dict");
    const net = new Net("LSTM", { ...settings, open: false }).eval() as Net;
    net.loadStateDict(found.stateDict);
    expect(noGrad(() => net.forward(input)).toArray()).toEqual(scores.toArray());
  });

  it("says of each cell only what its net was made with", async () => {
    const training = new Training({ ...settings, cells: ["LSTM", "GRU"], layers: 1 });
    const config = async (cell: Cell) => {
      const file = await loadTorch(training.save(cell));
      return Object.fromEntries(file.get("config") as Map<string, unknown>);
    };
    expect(await config("LSTM")).toMatchObject({ layers: 1, dropout: 0, projection: 2 });
    expect(await config("GRU")).toMatchObject({ layers: 1, dropout: 0, projection: 0 });
  });

  it("is a net that the playground watches", async () => {
    const { bytes } = await saved();
    const { layers } = await openNet(new Blob([bytes]), "lstm.pt", namesAlphabet);
    expect(layers.map(({ name, layer }) => `${name}: ${layer}`)).toEqual([
      "rnn: LSTM(6, 8, proj_size=2, num_layers=2, bidirectional=True)",
    ]);
  });

  const python = torchPython();
  it.skipIf(python === null)("is opened by PyTorch with weights_only, and its twin gives the same", async () => {
    const { bytes, scores } = await saved();
    const path = join(directory, "lstm.pt");
    writeFileSync(path, bytes);
    const code = `
import json, sys, torch
file = torch.load(sys.argv[1], weights_only=True)
made = file["config"]

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = getattr(torch.nn, made["cell"])(6, made["hidden"], made["layers"], batch_first=True,
            dropout=made["dropout"], bidirectional=made["bidirectional"], proj_size=made["projection"])
        self.linear = torch.nn.Linear(2 * made["projection"], 4)

    def forward(self, x):
        output, _ = self.rnn(x)
        half = made["projection"]
        return self.linear(torch.cat([output[:, -1, :half], output[:, 0, half:]], 1))

net = Net().eval()
net.load_state_dict(file["model_state_dict"])
print(json.dumps(net(torch.tensor(json.loads(sys.argv[2]), dtype=torch.float32)).tolist()))
`;
    const given = JSON.stringify(input.toNested());
    const answer = execFileSync(python as string, ["-W", "ignore", "-c", code, path, given], { encoding: "utf8" });
    expectClose(scores, { shape: [5, 4], data: JSON.parse(answer).flat() }, float32);
  });
});

it("what is drawn: all losses, what was measured first and last, and the decades between", () => {
  const history = emptyHistory();
  const measured = (loss: number) => ({ loss, accuracy: 0.5, gradient: [loss, 1] });
  add(history, { step: 0, cells: { GRU: { loss: null, measured: measured(2) } } });
  add(history, { step: 1, cells: { GRU: { loss: 1.5, measured: null } } });
  add(history, { step: 2, cells: { GRU: { loss: 1, measured: measured(1) } } });
  expect(history.step).toBe(2);
  expect([...history.cells]).toEqual([["GRU", { losses: [1.5, 1], first: measured(2), last: measured(1) }]]);
  expect(decades([2.5e-16, 0.06, 0])).toEqual([1e-16, 1]);
  expect(decades([0.5, 30])).toEqual([1e-6, 100]);
});

it("numbers of many magnitudes are short", () => {
  expect([2.54e-16, 0.0123, 0.00012, 1.386, 0, 54321].map(short)).toEqual([
    "2.5·10⁻¹⁶",
    "0.012",
    "1.2·10⁻⁴",
    "1.4",
    "0",
    "5.4·10⁴",
  ]);
  expect(power(-5)).toBe("10⁻⁵");
  expect(furthest(new Float32Array([1, -3, Number.NaN, Infinity]))).toBe(3);
});
