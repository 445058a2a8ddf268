/** What the first page computes, and the five lines that it shows. */

import { readFileSync } from "node:fs";
import { nn, noGrad, randn, type Tensor } from "elman-nn";
import { expect, it } from "vitest";
import { weights } from "../../examples/voice/main.js";
import { SileroVAD } from "../../examples/voice/model.js";
import { code } from "../../site/src/voice/code.js";
import { Playhead, Timeline } from "../../site/src/voice/timeline.js";
import { microphoneTrouble, Trouble } from "../../site/src/voice/trouble.js";

it("shows lines that compute what the net computes", () => {
  const net = SileroVAD.fromOnnx(readFileSync(weights));
  const { stft, encoder, decoder } = net;
  const run = new Function(
    ...["nn", "samples", "basis", "encoder", "lstm", "decoder", "h", "c"],
    `${code}; return [probability, h, c];`,
  );
  expect(code.trim().split("\n")).toHaveLength(5);
  noGrad(() => {
    const [samples, h, c] = [randn([1, 576]), randn([1, 128]), randn([1, 128])];
    const [wanted, state] = net.forward(samples, [h, c]);
    const given = [nn, samples.unsqueeze(1), stft.forward_basis_buffer, encoder, decoder.rnn, decoder.decoder, h, c];
    const [probability, ...after]: [number, Tensor, Tensor] = run(...given);
    expect(probability).toBe(wanted.item());
    expect(after.map((x) => x.tolist())).toEqual(state.map((x) => x.tolist()));
  });
});

const heard = (probability: number, took: number) => ({ probability, peaks: new Float32Array(8).fill(0.5), took });

it("keeps what was heard, and says what it cost", () => {
  const timeline = new Timeline();
  const ended = [0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0, 0, 0, 0, 0].map((p) => timeline.add(heard(p, 1.6)));
  expect(ended.indexOf(true)).toBe(13);
  expect(timeline.segments).toEqual([{ start: 512 - 480, end: 9 * 512 + 480 }]);
  expect([timeline.seconds, timeline.peaks.length]).toEqual([14 * 0.032, 14 * 8]);
  expect(timeline.share).toBeCloseTo(0.05, 12);
  for (let i = 0; i < 86; i++) timeline.add(heard(0.9, i === 0 ? 9 : i === 1 ? 5 : 1.6));
  // Of a hundred, the one that took longest does not count.
  expect(timeline.slowest).toBe(5);
  expect(timeline.open).toBe(14 * 512);
  expect(timeline.finish()).toBe(true);
  expect(timeline.segments[1].end).toBe(100 * 512);
  // The costs are those of the last thousand.
  for (let i = 0; i < 1000; i++) timeline.add(heard(0, 0.32));
  expect([timeline.slowest, timeline.share]).toEqual([0.32, expect.closeTo(0.01, 12)]);
});

it("goes on evenly while chunks come in fits and starts, within what was heard", () => {
  const playhead = new Playhead();
  expect(playhead.at(1000, 1)).toBeCloseTo(0.95);
  expect(playhead.at(1016, 1)).toBeCloseTo(0.966);
  expect(playhead.at(1032, 1.064)).toBeCloseTo(0.982);
  // The sound stands: so does the picture; then it goes on from there.
  expect(playhead.at(2000, 1.064)).toBeCloseTo(1.064);
  expect(playhead.at(2016, 1.2)).toBeCloseTo(1.08);
  // After a second in which nothing was drawn it is at most 0.3 s behind.
  expect(playhead.at(2032, 9)).toBeCloseTo(8.7);
});

it("knows why there is no microphone, and what is another matter", () => {
  const kindOf = (name: string) => (microphoneTrouble(new DOMException("", name)) as Trouble).kind;
  expect(["NotAllowedError", "NotFoundError", "NotReadableError"].map(kindOf)).toEqual([
    "refused",
    "noMicrophone",
    "busy",
  ]);
  const other = new TypeError("another matter");
  expect(microphoneTrouble(other)).toBe(other);
  expect(microphoneTrouble(new DOMException("", "DataError"))).not.toBeInstanceOf(Trouble);
});
