/** What runs in every place: an LSTM forward and backward, a stream, and a file of torch.save. Plain JavaScript, as a user's. */

import { defaultDevice, manualSeed, nn, setDefaultDevice, tensor } from "elman-nn";
import { load } from "elman-nn/checkpoint";
import { fromStateDict } from "elman-nn/convert";
import { LSTM } from "elman-nn/stream";

/** The bits of float32 numbers, as one number in text. */
function bitsOf(numbers) {
  let hash = 0x811c9dc5;
  for (const word of new Uint32Array(Float32Array.from(numbers).buffer))
    hash = Math.imul(hash ^ word, 0x01000193) >>> 0;
  return `${numbers.length}:${hash.toString(16)}`;
}

/** The device that was chosen, and bits by name, also of plain SIMD where there is SIMD. */
function compute() {
  const device = defaultDevice();
  const done = run();
  if (device === "js") return { device, ...done };
  setDefaultDevice("wasm-plain");
  for (const [name, bits] of Object.entries(run().bits)) done.bits[`plain ${name}`] = bits;
  setDefaultDevice(device);
  return { device, ...done };
}

function run() {
  manualSeed(7);
  const lstm = new nn.LSTM(5, 9, { numLayers: 2 });
  const flat = Float32Array.from({ length: 12 * 3 * 5 }, (_, i) => ((i * 37) % 101) / 50 - 1);
  const input = tensor(flat, [12, 3, 5], { requiresGrad: true });
  const [output, [h, c]] = lstm.forward(input);
  output.mul(output).sum().backward();
  const bits = { output: bitsOf(output.toArray()), h: bitsOf(h.toArray()), c: bitsOf(c.toArray()) };
  bits.gradients = [...lstm.parameters(), input].map((one) => bitsOf(one.grad.toArray())).join(" ");

  const weights = [...lstm.stateDict()].map(([name, one]) => [name, { shape: one.shape, data: one.toArray() }]);
  const stream = new LSTM(new Map(weights)).stream({ batch: 3 });
  const steps = new Float32Array(12 * 3 * 9);
  stream.run(flat, steps, 12);
  bits.stream = bitsOf(steps);
  return { repr: String(lstm), bits };
}

/** All of it; `file` holds an LSTM as PyTorch saved it. */
export async function work(file) {
  const done = compute();
  const loaded = fromStateDict(await load(file), "", { kind: "LSTM" });
  const [output] = loaded.forward(
    tensor(
      Float32Array.from({ length: 4 * loaded.inputSize }, (_, i) => i / 8),
      [4, loaded.inputSize],
    ),
  );
  done.bits.loaded = bitsOf(output.toArray());
  return done;
}
