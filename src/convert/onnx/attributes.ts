/** The attributes of a node by name: {@link Attributes}. */

import type { Tensor } from "../../tensor/tensor.js";
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "./proto.js";

/** Text, of which errors show no more than the beginning. */
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes.slice(0, 40));

export class Attributes {
  readonly all: readonly OnnxAttribute[];
  /** How many outputs the node has. */
  readonly outputs: number;

  constructor(
    { attribute = [], output = [] }: OnnxNode,
    private readonly read: (from: OnnxTensor) => Tensor,
  ) {
    this.all = attribute;
    this.outputs = output.length;
  }

  private find(name: string): OnnxAttribute | undefined {
    return this.all.find((one) => one.name === name);
  }

  int(name: string, otherwise: number): number {
    return this.find(name)?.i ?? otherwise;
  }

  ints(name: string): number[] | null {
    const found = this.find(name);
    return found === undefined ? null : [...(found.ints ?? [])];
  }

  text(name: string, otherwise: string): string {
    const found = this.find(name)?.s;
    return found === undefined ? otherwise : text(found);
  }

  texts(name: string): string[] | null {
    const found = this.find(name);
    return found === undefined ? null : (found.strings ?? []).map(text);
  }

  tensor(name: string): Tensor | null {
    const found = this.find(name)?.t;
    return found === undefined ? null : this.read(found);
  }
}
