/** What a training shows on a terminal and in a pipe. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { nn, optim, type Tensor, tensor } from "../../src/index.js";
import { accuracy, fit } from "../../src/train/index.js";
import { progress, type Screen } from "../../src/watch/index.js";
import { all } from "../data/recorded.js";

/** Back to the beginning of the line, and all behind it goes. */
const clear = "\r\u001b[K";

function training(validate = true) {
  const model = new nn.Linear(1, 2);
  const batch: [Tensor, Tensor] = [tensor([[1], [2]]), tensor([0, 1], { dtype: "int32" })];
  return fit(model, [batch, batch], {
    ...{ optimizer: new optim.SGD(model.parameters()), loss: nn.functional.crossEntropy, epochs: 2 },
    ...(validate && { validate: [batch], metrics: { accuracy } }),
  });
}

// What is shown when depends on the clock: it stands still, so that a slow machine shows the same.
beforeEach(() => void vi.spyOn(Date, "now").mockReturnValue(1e6));
afterEach(() => void vi.restoreAllMocks());

function screen(isTTY: boolean): Screen & { text: string } {
  const made = { isTTY, columns: 120, text: "", write: (text: string) => void (made.text += text) };
  return made;
}

it("is plain lines in a pipe, and gives the events on", async () => {
  const stream = screen(false);
  const events = await all(progress(training(), { stream }));
  expect(events.length).toBe(6);
  const lines = stream.text.split("\n");
  expect(lines[0]).toMatch(/^epoch 1 {2}step 1\/4 {2}loss [\d.]+ {2}accuracy [\d.]+ {2}\S+ steps\/s {2}.+ left$/);
  expect(lines[1]).toMatch(/^epoch 1 {2}validation loss [\d.]+ {2}accuracy [\d.]+$/);
  expect(lines[2]).toMatch(/^epoch 2 {2}validation loss/);
  expect(lines[3]).toMatch(/^4 steps in \d+ s$/);
  expect(stream.text).not.toContain(clear);
});

it("is a bar on a terminal", async () => {
  const stream = screen(true);
  await all(progress(training(false), { stream }));
  const [before, first, ...rest] = stream.text.split(clear);
  expect([before, rest.length]).toEqual(["", 3]);
  expect(first).toMatch(/^█+░+ {2}step 1\/4 {2}loss [\d.]+ {2}\S+ steps\/s {2}.+ left$/);
  expect(rest[0]).toMatch(/^epoch 1 {2}loss [\d.]+\n$/);
  expect(stream.text.split(/\r|\n/).every((line) => line.length < 130)).toBe(true);
});

it("ends its line where the loop is left", async () => {
  const stream = screen(true);
  for await (const _ of progress(training(), { stream })) break;
  expect(stream.text).toMatch(/1 steps in \d+ s\n$/);
  await expect(all(progress(5 as never))).rejects.toThrow("progress() expected what fit() gives, got: number");
  await expect(all(progress(training(), { screen: 5 } as never))).rejects.toThrow(
    "unexpected keyword argument 'screen'",
  );
});

it("says 2 min 0 s, not 1 min 60 s", async () => {
  const stream = screen(false);
  for await (const event of progress(training(), { stream })) {
    if (!("validation" in event)) vi.mocked(Date.now).mockReturnValue(1e6 + 119_700);
  }
  expect(stream.text).toMatch(/4 steps in 2 min 0 s\n$/);
  expect(stream.text).not.toContain("Infinity");
});
