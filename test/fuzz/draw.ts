/**
 * Files drawn from their grammar: whole and right more often than not, so that what is accepted has something in it
 * that can be compared.
 */

import { bytesOf, little, text } from "../checkpoint/archives.js";
import type { Chance } from "../torch/draw.js";
import { type Bytes, safetensors } from "./seeds.js";
import { call, dict, edges, file, int, legacy, type Part, tensor, tuple, type Written } from "./write.js";

const storages = {
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
} as const;
const wide = { uint16: 2, uint32: 4, uint64: 8 } as const;

function randomBytes(chance: Chance, count: number): Bytes {
  return Uint8Array.from({ length: count }, () => chance.whole(0, 255));
}

/** Now and then not the number it should be, but one that is wrong by a little or by much. */
function doubtful(chance: Chance, value: number): number | bigint {
  if (!chance.chance(0.03)) return value;
  return chance.chance(0.5) ? value + chance.whole(-2, 3) : chance.pick(edges) * (chance.chance(0.2) ? -1n : 1n);
}

/** A view of `count` elements: as often as not contiguous. */
function drawView(chance: Chance, count: number): Pick<Written, "offset" | "shape" | "strides"> {
  const shape = Array.from({ length: chance.whole(0, 3) }, () => chance.whole(chance.chance(0.1) ? 0 : 1, 4));
  let strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * Math.max(b, 1), 1));
  if (chance.chance(0.3)) strides = strides.map(() => chance.whole(0, 5));
  if (chance.chance(0.2)) for (const list of [shape, strides]) list.reverse();
  const last = shape.reduce((sum, size, i) => sum + (size - 1) * strides[i], 0);
  const room = Math.max(0, count - 1 - last);
  const offset = chance.whole(0, room);
  return {
    offset: doubtful(chance, offset),
    shape: shape.map((size) => doubtful(chance, size)),
    strides: strides.map((stride) => doubtful(chance, stride)),
  };
}

interface Drawn {
  storage: string;
  dtype?: string;
  size: number;
  count: number;
  bytes: Bytes;
}

function drawStorage(chance: Chance, isLegacy: boolean): Drawn {
  const count = chance.whole(1, 40);
  if (!isLegacy && chance.chance(0.2)) {
    const [dtype, size] = chance.pick(Object.entries(wide));
    return { storage: "UntypedStorage", dtype, size, count, bytes: randomBytes(chance, count * size) };
  }
  const [storage, size] = chance.pick(Object.entries(storages));
  const bytes = randomBytes(chance, count * size);
  // Whole numbers that int32 can hold, as often as not.
  if (storage === "LongStorage" && chance.chance(0.5)) {
    for (let i = 0; i < count; i++) bytes.fill(bytes[8 * i + 3] > 127 ? 255 : 0, 8 * i + 4, 8 * i + 8);
  }
  return { storage, size, count, bytes };
}

/** A dict of tensors over up to three storages. */
function drawTensors(chance: Chance, isLegacy: boolean): { pickle: Uint8Array; drawn: Drawn[] } {
  const drawn = Array.from({ length: chance.whole(1, 3) }, () => drawStorage(chance, isLegacy));
  const entries = drawn.flatMap(({ storage, dtype, size, count }, i) =>
    Array.from({ length: chance.whole(1, 3) }, (_, j): [string, Part] => {
      const view = drawView(chance, count);
      const claimed = doubtful(chance, storage === "UntypedStorage" ? count * size : count);
      const written = { storage, key: String(i), count: claimed, ...view, ...(dtype !== undefined && { dtype }) };
      return [`${i}.${j}`, tensor(written, isLegacy)];
    }),
  );
  return { pickle: dict(...entries), drawn };
}

export function drawFile(chance: Chance): Bytes {
  const { pickle, drawn } = drawTensors(chance, false);
  return file([pickle], Object.fromEntries(drawn.map(({ bytes }, i) => [String(i), bytes])));
}

export function drawLegacy(chance: Chance): Bytes {
  const { pickle, drawn } = drawTensors(chance, true);
  return legacy(
    [pickle],
    drawn.map(({ bytes, count }, i) => [String(i), Number(BigInt.asIntN(31, BigInt(doubtful(chance, count)))), bytes]),
  );
}

const words = ["a", "__proto__", "constructor", "", "ü", "☃", "x.y", "weight"];

/** Anything that stands for itself. */
function drawAtom(chance: Chance): Part {
  const float = new DataView(new ArrayBuffer(8));
  float.setFloat64(0, chance.pick([0, -0, 0.5, 1e300, Number.POSITIVE_INFINITY, Number.NaN, chance.fraction()]));
  return chance.pick<() => Part>([
    () => "N",
    () => "\x88",
    () => "\x89",
    () => int(chance.whole(-300, 70_000)),
    () => int(chance.pick(edges) * (chance.chance(0.5) ? -1n : 1n)),
    () => bytesOf("G", new Uint8Array(float.buffer)),
    () => text(chance.pick(words)),
    () => "ctorch\nfloat16\n",
    () => call("torch", "device", text("cpu")),
    () => call("_codecs", "encode", text("aé\u0000"), text("latin1")),
  ])();
}

const drawKey = (chance: Chance): Part =>
  chance.pick<() => Part>([
    () => text(chance.pick(words)),
    () => int(chance.whole(-3, 300)),
    () => "N",
    () => "\x88",
  ])();

/** A value of some depth; `memo` counts what was remembered. */
function drawValue(chance: Chance, depth: number, memo: { size: number }): Part {
  const value = depth === 0 || chance.chance(0.3) ? drawAtom(chance) : drawHolder(chance, depth, memo);
  if (memo.size > 0 && chance.chance(0.1)) return bytesOf("h", [chance.whole(0, memo.size - 1)]);
  if (memo.size >= 200 || !chance.chance(0.3)) return value;
  return bytesOf(value, "q", [memo.size++]);
}

function drawHolder(chance: Chance, depth: number, memo: { size: number }): Part {
  const items = (most: number) =>
    Array.from({ length: chance.whole(0, most) }, () => drawValue(chance, depth - 1, memo));
  const pairs = () => items(4).flatMap((value) => [drawKey(chance), value]);
  return chance.pick<() => Part>([
    () => bytesOf("](", ...items(5), "e"),
    () => tuple(...items(5)),
    () => bytesOf(drawValue(chance, depth - 1, memo), "\x85"),
    () => bytesOf(drawValue(chance, depth - 1, memo), drawValue(chance, depth - 1, memo), "\x86"),
    () => bytesOf("}(", ...pairs(), "u"),
    () => bytesOf("}", drawKey(chance), drawValue(chance, depth - 1, memo), "s"),
    () => bytesOf("ccollections\nOrderedDict\n)R(", ...pairs(), "u"),
    () => bytesOf("ccollections\nOrderedDict\n)R", dict(["_metadata", drawValue(chance, depth - 1, memo)]), "b"),
    () => bytesOf("ccollections\nCounter\n}(", text("a"), int(3), "u\x85R"),
    () =>
      call("builtins", "set", bytesOf("](", ...Array.from({ length: chance.whole(0, 4) }, () => drawKey(chance)), "e")),
    () => call("builtins", "bytearray", call("_codecs", "encode", text("ab"), text("latin1"))),
    () => call("torch", "Size", bytesOf("](", int(chance.whole(0, 9)), int(chance.whole(0, 9)), "e")),
  ])();
}

/** A file with any value but tensors. */
export function drawProgram(chance: Chance): Bytes {
  const value = drawValue(chance, chance.whole(1, 5), { size: 0 });
  return file(chance.chance(0.5) ? [dict(["a", value])] : [value]);
}

const sizes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** A file of safetensors: tensors one after the other, their entries in any order. */
export function drawHeader(chance: Chance): Bytes {
  let end = 0;
  const entries = Array.from({ length: chance.whole(0, 4) }, (_, i) => {
    const [dtype, size] = chance.pick(Object.entries(sizes));
    const shape = Array.from({ length: chance.whole(0, 3) }, () => chance.whole(chance.chance(0.1) ? 0 : 1, 4));
    const begin = end;
    end += shape.reduce((a, b) => a * b, size);
    const [counts, offsets] = [shape, [begin, end]].map((list) => list.map((n) => doubtful(chance, n)).join());
    const name = chance.chance(0.1) ? chance.pick(words) : `t${i}`;
    return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${counts}],"data_offsets":[${offsets}]}`;
  });
  const metadata = chance.chance(0.3) ? ['"__metadata__":{"a":"b","__proto__":"c"}'] : [];
  const space = " ".repeat(chance.whole(0, 8));
  const bytes = safetensors(`{${[...metadata, ...chance.shuffled(entries)].join()}}${space}`, randomBytes(chance, end));
  return chance.chance(0.9) ? bytes : bytesOf(bytes, little(0, chance.whole(0, 2)));
}
