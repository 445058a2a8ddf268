/**
 * An ONNX graph while it is being written: values get names, numbers become initialisers. It knows no layer.
 * Source: https://onnx.ai/onnx/repo-docs/IR.html
 */

import type { FloatDType } from "../../device/value.js";
import type { Tensor } from "../../tensor/tensor.js";
import {
  attributeTypes,
  dataTypes,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from "./proto.js";

/** A size that is known, or the name of one that is not. */
export type Dimension = number | string;

/** The value of an attribute, beside the field it stands in; text as text. */
export type Attribute =
  | { f: number }
  | { i: number }
  | { s: string }
  | { ints: readonly number[] }
  | { strings: readonly string[] };

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function attribute(name: string, value: Attribute): OnnxAttribute {
  const [field] = Object.keys(value) as [keyof typeof attributeTypes];
  const type = attributeTypes[field];
  if ("s" in value) return { name, type, s: bytes(value.s) };
  if ("strings" in value) return { name, type, strings: value.strings.map(bytes) };
  return { name, type, ...value };
}

function valueInfo(name: string, elemType: number, dims: readonly Dimension[]): OnnxValueInfo {
  const dim = dims.map((size) => (typeof size === "number" ? { value: size } : { param: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** Everything that is named is named once: callers choose names that differ. */
export class GraphBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly initialisers = new Map<string, OnnxTensor>();
  private readonly inputs: OnnxValueInfo[] = [];
  private readonly outputs: OnnxValueInfo[] = [];
  /** What a value is called in the end, where it is an output. */
  private readonly finalNames = new Map<string, string>();

  /** @param dtype of every number that is not a whole one */
  constructor(readonly dtype: FloatDType) {}

  /** A value that the caller of the model gives. */
  input(name: string, dims: readonly Dimension[], dtype: FloatDType | "int32" = this.dtype): string {
    this.inputs.push(valueInfo(name, dataTypes[dtype], dims));
    return name;
  }

  /** Makes a value that a node computes an output of the model. */
  output(name: string, value: string, dims: readonly Dimension[]): void {
    this.finalNames.set(value, name);
    this.outputs.push(valueInfo(name, dataTypes[this.dtype], dims));
  }

  /** A tensor that is stored in the model. */
  stored(name: string, tensor: Tensor): string {
    // Little-endian, as every engine this runs on is.
    const rawData = new Uint8Array(tensor.toArray().slice().buffer);
    this.initialisers.set(name, { name, dims: tensor.shape, dataType: dataTypes[this.dtype], rawData });
    return name;
  }

  /** Whole numbers that an operator takes as an input: axes, a shape. */
  whole(numbers: readonly number[]): string {
    const name = `int64[${numbers.join(",")}]`;
    this.initialisers.set(name, { name, dims: [numbers.length], dataType: dataTypes.int64, int64Data: numbers });
    return name;
  }

  /** A node; its values are called as it is, with the name of the output after a dot where there are several. */
  node(
    opType: string,
    name: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs: readonly string[] = [],
  ): [string, ...string[]] {
    const [first = name, ...more] = outputs.map((output) => `${name}.${output}`);
    const attributeList = Object.entries(attributes).map(([key, value]) => attribute(key, value));
    this.nodes.push({ opType, name, input, output: [first, ...more], attribute: attributeList });
    return [first, ...more];
  }

  finish(name: string): OnnxGraph {
    const final = (values: readonly string[] = []) => values.map((value) => this.finalNames.get(value) ?? value);
    return {
      name,
      node: this.nodes.map((node) => ({ ...node, input: final(node.input), output: final(node.output) })),
      initializer: [...this.initialisers.values()],
      input: this.inputs,
      output: this.outputs,
    };
  }
}
