/**
 * The floor of an op that only moves numbers: a fresh array, and a copy of every array that goes in or comes out. Masks
 * are bytes. What goes in is copied to memory that stays, as a kernel's is; what comes out is copied from it.
 */

import { arrays, serve } from "./serve.mjs";

serve(({ inputs, answers: [length] }, _, data) => {
  const sources = inputs.map(({ below }, i) => (below === 2 ? Uint8Array.from(data[i]) : data[i]));
  const kept = sources.map((source) => source.slice());
  const result = new Float32Array(length).fill(1);
  const run = () => {
    for (let i = 0; i < sources.length; i++) kept[i].set(sources[i]);
    const fresh = new Float32Array(length);
    fresh.set(result);
    return fresh;
  };
  return { run, answer: () => [run()] };
}, arrays);
