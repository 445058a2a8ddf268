/** The net beside ONNX Runtime on a recording, the rule of segments, and files that hold something else. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sample, weights } from "../../examples/voice/main.js";
import { Listener, SileroVAD } from "../../examples/voice/model.js";
import { type Segment, Segments } from "../../examples/voice/segments.js";
import { chunk, chunksOf, rate } from "../../examples/voice/sound.js";
import { readWav } from "../../examples/voice/wav.js";
import { expectClose } from "../support/tolerance.js";

const bytes = readFileSync(sample);
const { probabilities } = JSON.parse(
  readFileSync(new URL("../fixtures/voice.json", import.meta.url), "utf8"),
) as Record<"probabilities", number[]>;

function segmentsOf(probabilities: Iterable<number>, samples: number): Segment[] {
  const segments = new Segments();
  const found = Array.from(probabilities, (probability) => segments.add(probability));
  return [...found, segments.finish(samples)].filter((one) => one !== null);
}

it("gives ONNX Runtime's probabilities, chunk by chunk", () => {
  const net = SileroVAD.fromOnnx(readFileSync(weights));
  const listener = new Listener(net);
  const samples = readWav(bytes, "sample.wav", rate);
  const heard = Array.from(chunksOf(samples), (part) => listener.hear(part));
  expectClose(heard, probabilities, { absolute: 1e-5, relative: 0 });
  // Another listener begins anew.
  expect(new Listener(net).hear(samples.slice(0, chunk))).toBe(heard[0]);
  expect(segmentsOf(heard, samples.length)).toEqual([
    { start: 10_272, end: 52_704 },
    { start: 80_416, end: 159_712 },
  ]);
});

it("ends speech after 100 ms of quiet, leaves out what is shorter than 250 ms, and pads the rest", () => {
  const run = (text: string) => [...text].map((digit) => Number(digit) / 10);
  const at = (chunks: number) => chunks * chunk;
  // 0.4 neither begins speech nor ends it; seven chunks are shorter than 250 ms.
  expect(segmentsOf(run("0049999999000000"), at(16))).toEqual([]);
  expect(segmentsOf(run("004999999990000000"), at(18))).toEqual([{ start: at(3) - 480, end: at(11) + 480 }]);
  expect(segmentsOf(run("4499999999400000"), at(16))).toEqual([{ start: at(2) - 480, end: at(11) + 480 }]);
  // Quiet that is too short is within; the fifth chunk of it ends the speech where it began.
  expect(segmentsOf(run("999990000999990000000"), at(21))).toEqual([{ start: 0, end: at(14) + 480 }]);
  expect(segmentsOf(run("99999999000009999999990000"), at(26))).toEqual([
    { start: 0, end: at(8) + 480 },
    { start: at(13) - 480, end: at(26) },
  ]);
  // The end of the sound ends the speech, and nothing lies behind it.
  expect(segmentsOf(run("0999999999"), at(10) - 100)).toEqual([{ start: at(1) - 480, end: at(10) - 100 }]);
  // 250 ms themselves are too short; only the end of a sound lies there.
  expect(segmentsOf(run("99999999"), 4000)).toEqual([]);
  expect(segmentsOf(run("99999999"), 4001)).toEqual([{ start: 0, end: 4001 }]);
});

it("says where speech began that has not ended", () => {
  const segments = new Segments();
  const open = [0.1, 0.9, 0.9, 0.1].map((probability) => {
    segments.add(probability);
    return segments.open;
  });
  expect(open).toEqual([null, chunk, chunk, chunk]);
});

/** A file of samples, each a 32-bit pattern or a 16-bit one. */
function wav(format: number, bits: 16 | 24 | 32, values: readonly number[], channels = 1, samplesPerSecond = rate) {
  const size = (values.length * bits) / 8;
  const file = Buffer.alloc(54 + size);
  file.write("RIFF....WAVELIST", "latin1");
  file.writeUInt32LE(2, 16);
  file.write("fmt ", 22, "latin1");
  file.writeUInt32LE(16, 26);
  file.writeUInt16LE(format, 30);
  file.writeUInt16LE(channels, 32);
  file.writeUInt32LE(samplesPerSecond, 34);
  file.writeUInt16LE(bits, 44);
  file.write("data", 46, "latin1");
  file.writeUInt32LE(size, 50);
  values.forEach((value, i) => {
    if (format === 3) file.writeFloatLE(value, 54 + 4 * i);
    else file.writeIntLE(value, 54 + (bits / 8) * i, bits / 8);
  });
  return file;
}

it("reads whole numbers and floats, and the mean of channels", () => {
  expect([...readWav(wav(1, 16, [-32768, 16384, 0]), "a.wav", rate)]).toEqual([-1, 0.5, 0]);
  expect([...readWav(wav(3, 32, [0.25, -0.75, 1, 0], 2), "a.wav", rate)]).toEqual([-0.25, 0.5]);
  const piped = wav(1, 16, [16384]);
  piped.writeUInt32LE(0xffff_ffff, 50);
  expect([...readWav(piped, "a.wav", rate)]).toEqual([0.5]);
  // Behind a chunk of an odd size stands a byte more.
  const odd = wav(1, 16, [16384]);
  odd.writeUInt32LE(1, 16);
  expect([...readWav(odd, "a.wav", rate)]).toEqual([0.5]);
});

it("reads the format of an extensible file, which lies further on", () => {
  const extensible = (format: number) => {
    const plain = wav(0xfffe, 16, [16384, -8192]);
    const more = Buffer.alloc(24);
    more.writeUInt16LE(format, 8);
    const file = Buffer.concat([plain.subarray(0, 46), more, plain.subarray(46)]);
    file.writeUInt32LE(40, 26);
    return readWav(file, "a.wav", rate);
  };
  expect([...extensible(1)]).toEqual([0.5, -0.25]);
  expect(() => extensible(6)).toThrow("holds compressed sound");
});

it.each([
  ["text", Buffer.from("RIFFRAFF and so on and so on"), "is no WAV file"],
  ["nothing", Buffer.alloc(0), "is no WAV file"],
  ["no samples", wav(1, 16, [1]).subarray(0, 50), "or one without samples"],
  ["0 samples", wav(1, 16, []), "or one without samples"],
  ["another rate", wav(1, 16, [1], 1, 44_100), "has 44100 samples a second, expected 16000"],
  ["24 bits", wav(1, 24, [1]), "holds 24-bit whole numbers, expected 16-bit"],
  ["compressed", wav(0x11, 16, [1]), "holds compressed sound"],
  ["cut off", wav(1, 16, [1, 2]).subarray(0, 56), "is cut off: its samples end at byte 58, the file at 56"],
  ["half a frame", wav(1, 16, [1, 2, 3], 2), "is cut off: 6 bytes of samples are no whole number of 4"],
  ["no channels", wav(1, 16, [1], 0), "is cut off: 2 bytes of samples are no whole number of 0"],
  ["no numbers", wav(3, 32, [Number.NaN]), "no finite numbers"],
])("refuses %s", (_, file, message) => {
  expect(() => readWav(file, "a.wav", rate)).toThrow(message);
});

it("advises what makes a file that it reads", () => {
  expect(() => readWav(Buffer.alloc(9), "song.mp3", rate)).toThrow(
    /^song\.mp3 is no WAV file.*\. Make one with: ffmpeg -i FILE -ac 1 -ar 16000 -c:a pcm_s16le OUT\.wav$/,
  );
});
