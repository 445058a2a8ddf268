/**
 * A generator's state as torch.get_rng_state() gives it: 5056 bytes, which torch.set_rng_state() takes.
 * Source: https://github.com/pytorch/pytorch/blob/v2.13.0/aten/src/ATen/CPUGeneratorImpl.cpp
 */

import { fail } from "../base/errors.js";
import { rememberOrigin } from "../checkpoint/numbers/dtypes.js";
import { type Generator, Tensor, tensor } from "../index.js";

const size = 5056;
const words = 624;
/** Where in the bytes each part stands. */
const at = { seed: 0, left: 8, seeded: 12, next: 16, words: 24, normal: 5024, hasNormal: 5040 };

/** A tensor of bytes, which a file has as torch.uint8. */
export function randomState(generator: Generator): Tensor {
  const state = generator.getState();
  const bytes = new DataView(new ArrayBuffer(size));
  bytes.setBigUint64(at.seed, state.seed, true);
  bytes.setInt32(at.left, words + 1 - state.position, true);
  bytes.setInt32(at.seeded, 1, true);
  bytes.setBigUint64(at.next, BigInt(state.position), true);
  for (const [i, word] of state.words.entries()) bytes.setUint32(at.words + 8 * i, word, true);
  bytes.setFloat64(at.normal, state.cachedNormal ?? 0, true);
  bytes.setInt32(at.hasNormal, Number(state.cachedNormal !== undefined), true);
  const result = tensor(Int32Array.from(new Uint8Array(bytes.buffer)));
  rememberOrigin(result.value.storage, "U8");
  return result;
}

/**
 * Goes on where the other generator was.
 * @throws TypeError for what is no such tensor
 */
export function setRandomState(generator: Generator, state: unknown): void {
  if (!(state instanceof Tensor) || state.dtype !== "int32" || state.numel() !== size) {
    fail("TypeError", `expected the state of a random generator, a tensor of ${size} bytes`);
  }
  const bytes = new DataView(Uint8Array.from(state.toArray()).buffer);
  const left = bytes.getInt32(at.left, true);
  generator.setState({
    seed: bytes.getBigUint64(at.seed, true),
    words: Uint32Array.from({ length: words }, (_, i) => bytes.getUint32(at.words + 8 * i, true)),
    // With one left all are spent, wherever the next stands.
    position: left === 1 ? words : Number(bytes.getBigUint64(at.next, true)),
    cachedNormal: bytes.getInt32(at.hasNormal, true) === 0 ? undefined : bytes.getFloat64(at.normal, true),
  });
}
