/** Event files: their checksums by published numbers, their contents by TensorBoard's own reader where it is installed. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { SummaryWriter } from "../../src/watch/index.js";
import { crc32c, record } from "../../src/watch/tensorboard.js";
import { refusesSomehow } from "../support/nn_fixture.js";

const directory = mkdtempSync(join(tmpdir(), "elman-board-"));
afterAll(() => rmSync(directory, { recursive: true }));
const bytes = (text: string) => new TextEncoder().encode(text);

it("has the checksums of RFC 3720", () => {
  expect(crc32c(bytes("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
});

it("frames a record with its length and masked checksums", () => {
  const framed = record(bytes("abc"));
  const view = new DataView(framed.buffer);
  expect([framed.length, view.getBigUint64(0, true)]).toEqual([19, 3n]);
  const masked = (part: Uint8Array) => {
    const crc = crc32c(part);
    return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  };
  expect([view.getUint32(8, true), view.getUint32(15, true)]).toEqual([
    masked(framed.subarray(0, 8)),
    masked(bytes("abc")),
  ]);
});

/** Every record of the only file in a folder. */
function records(folder: string): Uint8Array[] {
  const [name, ...rest] = readdirSync(folder);
  expect([rest.length, name.startsWith("events.out.tfevents.")]).toEqual([0, true]);
  const file = readFileSync(join(folder, name));
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    found.push(file.subarray(at + 12, at + 12 + length));
    at += length + 16;
  }
  return found;
}

it("writes a version and then an event a scalar", () => {
  const folder = join(directory, "plain");
  const writer = new SummaryWriter(folder);
  writer.addScalar("loss", 0.5, 3);
  writer.close();
  writer.close();
  const [version, event, ...rest] = records(folder);
  expect(rest).toEqual([]);
  expect(Buffer.from(version).toString("latin1")).toContain("brain.Event:2");
  // step = 3; a summary of one value: a tag of four letters and the float 0.5.
  expect([...event.subarray(9)]).toEqual([16, 3, 42, 13, 10, 11, 10, 4, ...bytes("loss"), 21, 0, 0, 0, 63]);
  expect(() => writer.addScalar("loss", 1, 4)).toThrow("addScalar() after close()");
});

it("refuses what is no scalar", () => {
  const writer = new SummaryWriter(join(directory, "refused"));
  for (const [tag, value, step] of [
    ["", 1, 1],
    [5, 1, 1],
    ["a", "1", 1],
    ["a", 1, 1.5],
    ["a", 1, undefined],
  ] as never[][]) {
    refusesSomehow(() => writer.addScalar(tag, value, step));
  }
  writer.close();
  refusesSomehow(() => new SummaryWriter(5 as never));
});

const python = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "elman",
  "tensorboard-2.21.0",
  "bin",
  "python",
);

it.skipIf(!existsSync(python))(
  "is what TensorBoard's own reader reads",
  () => {
    const folder = join(directory, "read");
    const writers = [new SummaryWriter(folder), new SummaryWriter(folder)];
    const wanted: [string, number, number][] = [];
    for (let step = 0; step < 300; step++) {
      for (const [tag, value] of [
        ["loss/train", Math.exp(-step / 50)],
        ["größe", -step],
      ] as const) {
        writers[0].addScalar(tag, value, 1e9 * step);
        wanted.push([tag, 1e9 * step, Math.fround(value)]);
      }
    }
    writers[1].addScalar("nan", Number.NaN, 0);
    for (const writer of writers) writer.close();
    const code = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
board = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
board.Reload()
tags = board.Tags()["scalars"]
print(json.dumps([[t, e.step, e.value if e.value == e.value else None] for t in tags for e in board.Scalars(t)]))
`;
    const found: [string, number, number | null][] = JSON.parse(
      execFileSync(python, ["-W", "ignore", "-c", code, folder], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
    const sorted = (list: [string, number, number | null][]) => list.map((one) => JSON.stringify(one)).sort();
    expect(sorted(found)).toEqual(sorted([...wanted, ["nan", 0, null]]));
  },
  120_000,
);
