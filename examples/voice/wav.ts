/** WAV files of 16-bit whole numbers or 32-bit floats. */

/** What a WAV file says of its sound. */
export interface WavHeader {
  /** 1: whole numbers, 3: floats; others are compressed. */
  readonly format: number;
  readonly channels: number;
  /** Samples a second. */
  readonly rate: number;
  readonly bits: number;
  /** Where the samples lie, in bytes. */
  readonly begin: number;
  readonly end: number;
}

const advice = "Make one with: ffmpeg -i FILE -ac 1 -ar 16000 -c:a pcm_s16le OUT.wav";

const text = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

/** @returns null for what is no WAV file, or says nothing of samples */
export function wavHeader(bytes: Uint8Array): WavHeader | null {
  if (text(bytes, 0) !== "RIFF" || text(bytes, 8) !== "WAVE") return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found: Omit<WavHeader, "begin" | "end"> | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [name, size, begin] = [text(bytes, at), view.getUint32(at + 4, true), at + 8];
    if (name === "data" && found !== null) {
      // Whoever writes into a pipe does not know the size.
      return { ...found, begin, end: size === 0xffff_ffff ? bytes.length : begin + size };
    }
    if (name === "fmt " && size >= 16 && begin + size <= bytes.length) {
      const [format, channels] = [view.getUint16(begin, true), view.getUint16(begin + 2, true)];
      const extensible = format === 0xfffe && size >= 26;
      found = {
        format: extensible ? view.getUint16(begin + 24, true) : format,
        channels,
        rate: view.getUint32(begin + 4, true),
        bits: view.getUint16(begin + 14, true),
      };
    }
    at = begin + size + (size % 2);
  }
  return null;
}

/**
 * The samples of a WAV file between -1 and 1, the mean of its channels.
 * @param rate samples a second that it must have
 * @throws Error where it holds something else: one sentence, and what to do
 */
export function readWav(bytes: Uint8Array, name: string, rate: number): Float32Array {
  const header = wavHeader(bytes);
  if (header === null || header.begin === header.end)
    throw new Error(`${name} is no WAV file, or one without samples. ${advice}`);
  const { format, channels, bits, begin, end } = header;
  const known = (format === 1 && bits === 16) || (format === 3 && bits === 32);
  if (!known) {
    const kind = format === 1 ? `${bits}-bit whole numbers` : format === 3 ? `${bits}-bit floats` : "compressed sound";
    throw new Error(`${name} holds ${kind}, expected 16-bit whole numbers or 32-bit floats. ${advice}`);
  }
  if (header.rate !== rate) {
    throw new Error(`${name} has ${header.rate} samples a second, expected ${rate}. ${advice}`);
  }
  if (end > bytes.length) {
    throw new Error(`${name} is cut off: its samples end at byte ${end}, the file at ${bytes.length}. ${advice}`);
  }
  const [size, length] = [(channels * bits) / 8, end - begin];
  if (length % size !== 0) {
    throw new Error(`${name} is cut off: ${length} bytes of samples are no whole number of ${size}. ${advice}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (i: number) =>
    format === 1 ? view.getInt16(begin + 2 * i, true) / 32768 : view.getFloat32(begin + 4 * i, true);
  const samples = new Float32Array(length / size).map((_, t) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += at(t * channels + c);
    return sum / channels;
  });
  if (!samples.every(Number.isFinite)) throw new Error(`${name} has samples that are no finite numbers. ${advice}`);
  return samples;
}
