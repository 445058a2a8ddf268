/**
 * The part of ONNX's protobuf that is read and written here, as tables; types, reading and writing follow from them.
 *
 * Fields that no table names are skipped. Nothing here knows what a model means. The bytes are handled by
 * @bufbuild/protobuf, of which only the wire format is used: it compiles nothing at run time and checks every bound.
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { decodeText } from "../../checkpoint/bytes/text.js";

/** The scalars, under the names that the wire format's classes read and write them by. */
type Scalar = "int64" | "float" | "double" | "string" | "bytes";

/** How each stands in the bytes. */
const wires: Readonly<Record<Scalar, WireType>> = {
  int64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

/** The fields of a message by name: all optional, as in protobuf. Enums and int32 are varints as int64 is. */
type Message = Readonly<Record<string, Field>>;

interface Field {
  readonly number: number;
  readonly type: Scalar | Message;
  readonly repeated: boolean;
}

type Single<T> = T extends "string"
  ? string
  : T extends "bytes"
    ? Uint8Array
    : T extends Scalar
      ? number
      : T extends Message
        ? Decoded<T>
        : never;

/** What a table describes. */
type Decoded<M extends Message> = {
  readonly [K in keyof M]?: M[K]["repeated"] extends true ? readonly Single<M[K]["type"]>[] : Single<M[K]["type"]>;
};

const one = <T extends Scalar | Message>(number: number, type: T) => ({ number, type, repeated: false }) as const;
const many = <T extends Scalar | Message>(number: number, type: T) => ({ number, type, repeated: true }) as const;

const tensor = {
  dims: many(1, "int64"),
  dataType: one(2, "int64"),
  floatData: many(4, "float"),
  int32Data: many(5, "int64"),
  int64Data: many(7, "int64"),
  name: one(8, "string"),
  rawData: one(9, "bytes"),
  doubleData: many(10, "double"),
  uint64Data: many(11, "int64"),
  externalData: many(13, { key: one(1, "string"), value: one(2, "string") }),
  dataLocation: one(14, "int64"),
};

const attribute = {
  name: one(1, "string"),
  type: one(20, "int64"),
  f: one(2, "float"),
  i: one(3, "int64"),
  s: one(4, "bytes"),
  t: one(5, tensor),
  /** A graph within a node: {@link decodeGraph} reads it. */
  g: one(6, "bytes"),
  floats: many(7, "float"),
  ints: many(8, "int64"),
  strings: many(9, "bytes"),
  /** In the body of a function: the caller's attribute of that name. */
  refAttrName: one(21, "string"),
};

const node = {
  input: many(1, "string"),
  output: many(2, "string"),
  name: one(3, "string"),
  opType: one(4, "string"),
  domain: one(7, "string"),
  attribute: many(5, attribute),
};

const dimension = { value: one(1, "int64"), param: one(2, "string") };
const tensorType = { elemType: one(1, "int64"), shape: one(2, { dim: many(1, dimension) }) };
const valueInfo = { name: one(1, "string"), type: one(2, { tensorType: one(1, tensorType) }) };

const graph = {
  node: many(1, node),
  name: one(2, "string"),
  initializer: many(5, tensor),
  input: many(11, valueInfo),
  output: many(12, valueInfo),
};

/** A local function: a node of its name and domain stands for its nodes. */
const localFunction = {
  name: one(1, "string"),
  input: many(4, "string"),
  output: many(5, "string"),
  node: many(7, node),
  domain: one(10, "string"),
  /** Attributes that the caller may leave out. */
  attributeProto: many(11, attribute),
};

const model = {
  irVersion: one(1, "int64"),
  producerName: one(2, "string"),
  graph: one(7, graph),
  opsetImport: many(8, { domain: one(1, "string"), version: one(2, "int64") }),
  functions: many(25, localFunction),
};

export type OnnxTensor = Decoded<typeof tensor>;
export type OnnxAttribute = Decoded<typeof attribute>;
export type OnnxNode = Decoded<typeof node>;
export type OnnxDimension = Decoded<typeof dimension>;
export type OnnxValueInfo = Decoded<typeof valueInfo>;
export type OnnxGraph = Decoded<typeof graph>;
export type OnnxFunction = Decoded<typeof localFunction>;
export type OnnxModel = Decoded<typeof model>;

/** TensorProto.DataType, as far as it is written. */
export const dataTypes = { float32: 1, int32: 6, int64: 7, float64: 11 } as const;
/** AttributeProto.AttributeType, as far as it is used. */
export const attributeTypes = { f: 1, i: 2, s: 3, ints: 7, strings: 8 } as const;

const wireOf = (type: Scalar | Message): WireType =>
  typeof type === "string" ? wires[type] : WireType.LengthDelimited;

function read(type: Scalar | Message, from: BinaryReader): unknown {
  if (typeof type !== "string") return readMessage(type, from.bytes());
  return type === "int64" ? Number(from.int64()) : from[type]();
}

function write(type: Scalar | Message, to: BinaryWriter, x: unknown): void {
  if (typeof type === "string") to[type](x as never);
  else writeMessage(type, x as Readonly<Record<string, unknown>>, to.fork()).join();
}

/** The name of a field. A loop: a file may hold millions of messages. */
function nameOf(message: Message, number: number): string | null {
  for (const name in message) if (message[name].number === number) return name;
  return null;
}

/** Text without a TextDecoder, too, which an AudioWorklet lacks. */
const text = (bytes: Uint8Array) => decodeText("its protobuf", bytes);

function readMessage(message: Message, bytes: Uint8Array): Record<string, unknown> {
  const reader = new BinaryReader(bytes, text);
  const found: Record<string, unknown> = {};
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const name = nameOf(message, number);
    if (name === null) {
      reader.skip(wire, number);
      continue;
    }
    const { type, repeated } = message[name];
    const own = wireOf(type);
    const packed = repeated && own !== WireType.LengthDelimited && wire === WireType.LengthDelimited;
    if (wire !== own && !packed) throw new Error(`field ${number} has wire type ${wire}`);
    if (!repeated) {
      found[name] = read(type, reader);
      continue;
    }
    const list = (found[name] ??= []) as unknown[];
    const numbers = packed ? new BinaryReader(reader.bytes(), text) : null;
    if (numbers === null) list.push(read(type, reader));
    else while (numbers.pos < numbers.len) list.push(read(type, numbers));
  }
  return found;
}

function writeMessage(message: Message, value: Readonly<Record<string, unknown>>, writer: BinaryWriter): BinaryWriter {
  for (const [name, { number, type, repeated }] of Object.entries(message)) {
    const given = value[name];
    if (given === undefined) continue;
    const items = repeated ? (given as readonly unknown[]) : [given];
    const wire = wireOf(type);
    if (repeated && wire !== WireType.LengthDelimited) {
      writer.tag(number, WireType.LengthDelimited).fork();
      for (const item of items) write(type, writer, item);
      writer.join();
    } else for (const item of items) write(type, writer.tag(number, wire), item);
  }
  return writer;
}

/** @throws Error, of whatever class, for bytes that are no protobuf of this shape */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  return readMessage(model, bytes) as OnnxModel;
}

/** The graph in an attribute `g`. @throws as decodeModel */
export function decodeGraph(bytes: Uint8Array): OnnxGraph {
  return readMessage(graph, bytes) as OnnxGraph;
}

export function encodeGraph(value: OnnxGraph): Uint8Array {
  return writeMessage(graph, value, new BinaryWriter()).finish();
}

export function encodeModel(value: OnnxModel): Uint8Array {
  return writeMessage(model, value, new BinaryWriter()).finish();
}
