/**
 * Activations as ONNX nodes, in terms of opset 17.
 * Source: https://onnx.ai/onnx/operators/
 */

import { fail } from "../../base/errors.js";
import * as nn from "../../nn/index.js";
import { tensor } from "../../tensor/create.js";
import type { Attribute, GraphBuilder } from "./builder.js";
import { type Step, stateless } from "./step.js";

/** One operator, with its attributes. */
const plain = (opType: string, path: string, attributes: Record<string, Attribute> = {}): Step =>
  stateless(null, (graph, value) => graph.node(opType, `${path}${opType}`, [value], attributes)[0]);

/** Writes arithmetic: values by name, numbers as they are. */
class Formula {
  private count = 0;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly path: string,
  ) {}

  readonly op = (opType: string, ...inputs: (string | number)[]): string => {
    const place = `${this.path}${opType}${this.count++ || ""}`;
    const names = inputs.map((one, i) =>
      typeof one === "number" ? this.graph.stored(`${place}.${i}`, tensor(one, { dtype: this.graph.dtype })) : one,
    );
    return this.graph.node(opType, place, names)[0];
  };
}

/** Several operators. */
const formula = (path: string, write: (op: Formula["op"], x: string) => string): Step =>
  stateless(null, (graph, value) => write(new Formula(graph, path).op, value));

/** x/2·(1 + `half`(x)): GELU in either form. */
const gelu = (path: string, approximate: "none" | "tanh"): Step =>
  formula(path, (op, x) => {
    const cubic = () =>
      op("Mul", op("Add", x, op("Mul", op("Mul", op("Mul", x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    const half = approximate === "tanh" ? op("Tanh", cubic()) : op("Erf", op("Div", x, Math.SQRT2));
    return op("Mul", op("Mul", x, 0.5), op("Add", half, 1));
  });

function softplus({ beta, threshold }: nn.Softplus, path: string): Step {
  // Beyond its threshold PyTorch's is x, which from 20 on makes no difference in float32.
  if (threshold < 20)
    fail("NotImplementedError", "exportOnnx() has no operator for a Softplus with a threshold below 20");
  if (beta === 1) return plain("Softplus", path);
  return formula(path, (op, x) => op("Div", op("Softplus", op("Mul", x, beta)), beta));
}

function along(opType: string, { dim }: nn.Softmax | nn.LogSoftmax, path: string): Step {
  if (dim === null) fail("NotImplementedError", `exportOnnx() expected a ${opType} with a dim, got: None`);
  return plain(opType, path, { axis: { i: dim } });
}

/** The slopes of PReLU belong to dimension 1. */
function prelu({ weight, numParameters }: nn.PReLU, path: string): Step {
  return stateless(numParameters === 1 ? null : { axis: 1, size: numParameters }, (graph, value, dims) => {
    const shape = [numParameters, ...dims.slice(2).map(() => 1)];
    return graph.node("PRelu", `${path}PRelu`, [value, graph.stored(`${path}weight`, weight.reshape(shape))])[0];
  });
}

/** The step of a module that is an activation, or null. `is` tells classes. */
export function activation(
  module: nn.Module,
  path: string,
  is: <M extends nn.Module>(module: nn.Module, one: { new (...given: never[]): M; prototype: M }) => module is M,
): Step | null {
  if (is(module, nn.ReLU)) return plain("Relu", path);
  if (is(module, nn.Tanh)) return plain("Tanh", path);
  if (is(module, nn.Sigmoid)) return plain("Sigmoid", path);
  if (is(module, nn.ELU)) return plain("Elu", path, { alpha: { f: module.alpha } });
  if (is(module, nn.LeakyReLU)) return plain("LeakyRelu", path, { alpha: { f: module.negativeSlope } });
  if (is(module, nn.Softmax)) return along("Softmax", module, path);
  if (is(module, nn.LogSoftmax)) return along("LogSoftmax", module, path);
  if (is(module, nn.PReLU)) return prelu(module, path);
  if (is(module, nn.Softplus)) return softplus(module, path);
  if (is(module, nn.SiLU)) return formula(path, (op, x) => op("Mul", x, op("Sigmoid", x)));
  if (is(module, nn.GELU)) return gelu(path, module.approximate);
  if (is(module, nn.Hardtanh)) return formula(path, (op, x) => op("Clip", x, module.minVal, module.maxVal));
  return null;
}
