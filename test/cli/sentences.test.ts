import { expect, it } from "vitest";
import { encodeTorch, load, stateDictOf } from "../../src/checkpoint/index.js";
import { sentence } from "../../src/cli/sentences.js";
import { tensor } from "../../src/index.js";

/** How the command says what the library says. */
async function said(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return sentence((error as Error).message);
  }
  return expect.fail("was not refused");
}

it("speaks to someone who has called no function", async () => {
  expect(await said(() => load("none.pt"))).toBe("cannot read 'none.pt': no such file or directory");
  expect(sentence("fromStateDict(): at 'a' (b) nothing")).toBe("at 'a' (b) nothing");
  expect(sentence("a(b): c")).toBe("a(b): c");
});

it("gives advice in flags", async () => {
  const refused = "expected a file, or - for a pipe, got a folder or a device: '.'";
  expect(await said(() => load("."))).toBe(refused);
  expect(sentence("x.onnx expected LSTM nodes, or take the weights by name with onnxTensors()")).toBe(
    "x.onnx expected LSTM nodes",
  );
  const bytes = encodeTorch({ a: { x: tensor([1]) }, b: { x: tensor([2]) } });
  expect(await said(() => load(bytes, { maxBytes: 20 }))).toMatch(
    / 20 bytes that the whole may take; --max-bytes allows more$/,
  );
  const checkpoint = await load(bytes);
  expect(await said(() => stateDictOf(checkpoint))).toBe(
    "found several state dicts, 'a', 'b'; name the one to take with --key, with dots where it lies within: --key a",
  );
});
