/**
 * Scalars for TensorBoard: a file of records, each with its length and checksums, that hold protocol buffers.
 * Sources: https://www.tensorflow.org/tutorials/load_data/tfrecord,
 * https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */

import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { fail, mistyped, shown } from "../base/errors.js";

/** CRC-32C (Castagnoli) of bytes; unsigned. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

/** As records hold it: turned, and with a number added, so that the checksum of a checksum is not a constant. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A record: its length, the length's checksum, the data, the data's checksum. */
export function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return bytes;
}

/** The fields of Event, Summary and Value in their .proto files. */
const field = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, value: 1, tag: 1, simpleValue: 2 };

/**
 * Writes scalars to a folder that TensorBoard shows: `tensorboard --logdir FOLDER`. In Node.
 *
 *     const writer = new SummaryWriter("runs/first");
 *     writer.addScalar("loss", event.loss, event.step);
 */
export class SummaryWriter {
  private file: number | null;

  /** @param directory made where there is none; each writer adds a file of its own */
  constructor(readonly directory: string) {
    if (typeof directory !== "string") mistyped("SummaryWriter() expected a path", directory);
    mkdirSync(directory, { recursive: true });
    const { pid } = process;
    const name = `events.out.tfevents.${(Date.now() / 1000).toFixed(3)}.${hostname()}.${pid}`;
    for (let i = 0; ; i++) {
      try {
        this.file = openSync(join(directory, `${name}.${i}`), "wx");
        break;
      } catch (error) {
        if ((error as { code?: string }).code !== "EEXIST") throw error;
      }
    }
    this.event((event) => event.tag(field.fileVersion, 2).string("brain.Event:2"));
  }

  /**
   * Writes one point of a curve.
   * @param value its height
   * @param tag the curve, such as `loss/train`
   * @param step the place on it, a whole number
   */
  addScalar(tag: string, value: number, step: number): void {
    if (typeof tag !== "string" || tag === "")
      fail("TypeError", `addScalar() expected a tag that is text, got: ${shown(tag) || "nothing"}`);
    if (typeof value !== "number")
      fail("TypeError", `addScalar() expected a number for '${tag}', got: ${shown(value)}`);
    if (!Number.isSafeInteger(step))
      fail("TypeError", `addScalar() expected step as a whole number, got: ${shown(step)}`);
    this.event((event) => {
      event.tag(field.step, 0).int64(step).tag(field.summary, 2).fork();
      event.tag(field.value, 2).fork().tag(field.tag, 2).string(tag).tag(field.simpleValue, 5).float(value);
      return event.join().join();
    });
  }

  /** Ends the file; nothing can be added after. */
  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  private event(fill: (event: BinaryWriter) => BinaryWriter): void {
    if (this.file === null) fail("ValueError", "addScalar() after close()");
    const event = new BinaryWriter().tag(field.wallTime, 1).double(Date.now() / 1000);
    const bytes = record(fill(event).finish());
    for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
  }
}
