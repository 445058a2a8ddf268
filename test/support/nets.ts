/** Nets drawn at random, layer by layer: as modules, as layers of elman-nn/stream, and run over a whole sequence. */

import { nn, randn, type Tensor } from "../../src/index.js";
import * as stream from "../../src/stream/index.js";

/** A layer of C features, and what it does to `[N, C, T]`. */
export interface NetLayer {
  readonly step: nn.Step | nn.RecurrentStep;
  /** The layer from weights whose names begin with a prefix; null for one that does nothing. */
  named(weights: stream.NamedWeights, prefix: string): stream.StreamLayer | null;
  readonly P: number;
  whole(x: Tensor): Tensor;
}

/** Layers along time `[T, N, C]` or features last `[N, T, C]` see `[N, C, T]` so. */
const alongTime = (x: Tensor, f: (x: Tensor) => Tensor): Tensor => f(x.permute(2, 0, 1)).permute(1, 2, 0);
const featuresLast = (x: Tensor, f: (x: Tensor) => Tensor): Tensor => f(x.transpose(1, 2)).transpose(1, 2);

type Draw = (C: number, P: number) => NetLayer;

function conv(K: number, dilation: number, groups: (C: number, P: number) => number, padded: boolean): Draw {
  return (C, P) => {
    const span = (K - 1) * dilation;
    const options = { dilation, groups: groups(C, P), bias: K !== 2 };
    const step = new nn.Conv1d(C, P, K, { ...options, padding: padded ? span : 0 });
    return {
      ...{
        step,
        P,
        named: (weights, prefix) => new stream.Conv1d(weights, { prefix, dilation, groups: options.groups }),
      },
      whole: (x) => {
        if (padded) return step.forward(x).narrow(2, 0, x.size(2));
        return step.forward(nn.functional.pad(x, [span, 0]));
      },
    };
  };
}

function activation(step: nn.Step, named: NetLayer["named"]): Draw {
  return (C) => ({ step, named, P: C, whole: (x) => (step instanceof nn.Module ? step.forward(x) : step(x)) });
}

/** A net's batch statistics, as training would have left them. */
function batchNorm(C: number): nn.BatchNorm1d {
  const module = new nn.BatchNorm1d(C);
  module.forward(randn([50, C]).mul(3).add(1));
  nn.init.uniform_(module.weight as nn.Parameter, 0.5, 2);
  nn.init.uniform_(module.bias as nn.Parameter, -1, 1);
  return module;
}

const one = () => 1;
/** Every kind of layer that streams. Those that keep C ignore P. */
export const kinds: Record<string, Draw> = {
  Linear: (C, P) => {
    const step = new nn.Linear(C, P, { bias: P !== 2 });
    const named: NetLayer["named"] = (weights, prefix) => new stream.Linear(weights, { prefix });
    return { step, named, P, whole: (x) => featuresLast(x, (y) => step.forward(y)) };
  },
  "Conv1d of one tap": conv(1, 3, one, false),
  Conv1d: conv(3, 1, one, false),
  "Conv1d dilated": conv(2, 4, one, true),
  "Conv1d in groups": conv(4, 2, (C, P) => (C % 2 === 0 && P % 2 === 0 ? 2 : 1), true),
  "Conv1d of each channel": conv(3, 2, (C, P) => (P % C === 0 ? C : 1), false),
  BatchNorm1d: (C) => {
    const step = batchNorm(C);
    const whole = (x: Tensor) => {
      step.eval();
      const y = step.forward(x);
      step.train();
      return y;
    };
    return { step, P: C, whole, named: (weights, prefix) => new stream.BatchNorm1d(weights, { prefix }) };
  },
  LayerNorm: (C) => {
    const step = new nn.LayerNorm(C, { eps: 0.01 });
    nn.init.uniform_(step.weight as nn.Parameter, 0.5, 2);
    nn.init.uniform_(step.bias as nn.Parameter, -1, 1);
    const named: NetLayer["named"] = (weights, prefix) => new stream.LayerNorm(weights, { prefix, eps: 0.01 });
    return { step, named, P: C, whole: (x) => featuresLast(x, (y) => step.forward(y)) };
  },
  Dropout: (C) => ({ step: new nn.Dropout(0.9), P: C, named: () => null, whole: (x) => x }),
  Identity: (C) => ({ step: new nn.Identity(), P: C, named: () => null, whole: (x) => x }),
  PReLU: (C) => {
    const step = new nn.PReLU(C);
    nn.init.uniform_(step.weight, -1, 1);
    return {
      step,
      P: C,
      whole: (x) => step.forward(x),
      named: (weights, prefix) => new stream.PReLU(weights, { prefix }),
    };
  },
  GRU: (C, P) => {
    const step = new nn.GRU(C, P);
    const named: NetLayer["named"] = (weights, prefix) => new stream.GRU(weights, { prefix });
    return { step, named, P, whole: (x) => alongTime(x, (y) => step.forward(y)[0]) };
  },
  "LSTM of two layers": (C, P) => {
    const step = new nn.LSTM(C, P, { numLayers: 2, dropout: 0.5 });
    const named: NetLayer["named"] = (weights, prefix) => new stream.LSTM(weights, { prefix });
    const whole = (x: Tensor) => {
      step.eval();
      const y = alongTime(x, (z) => step.forward(z)[0]);
      step.train();
      return y;
    };
    return { step, named, P, whole };
  },
  RNNCell: (C, P) => {
    const step = new nn.RNNCell(C, P);
    const layer = new nn.RNN(C, P);
    const named: NetLayer["named"] = (weights, prefix) => new stream.RNN(weights, { prefix });
    for (const name of ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] as const) {
      Object.assign(layer, { [`${name}_l0`]: step[name] });
    }
    return { step, named, P, whole: (x) => alongTime(x, (y) => layer.forward(y)[0]) };
  },
  ReLU: activation(new nn.ReLU(), () => new stream.ReLU()),
  Tanh: activation(new nn.Tanh(), () => new stream.Tanh()),
  Sigmoid: activation(new nn.Sigmoid(), () => new stream.Sigmoid()),
  SiLU: activation(new nn.SiLU(), () => new stream.SiLU()),
  GELU: activation(new nn.GELU(), () => new stream.GELU()),
  "GELU by tanh": activation(new nn.GELU("tanh"), () => new stream.GELU("tanh")),
  ELU: activation(new nn.ELU(0.7), () => new stream.ELU(0.7)),
  LeakyReLU: activation(new nn.LeakyReLU(0.2), () => new stream.LeakyReLU(0.2)),
  Softplus: activation(
    new nn.Softplus({ beta: 2, threshold: 1 }),
    () => new stream.Softplus({ beta: 2, threshold: 1 }),
  ),
  Hardtanh: activation(new nn.Hardtanh({ maxVal: 0.5 }), () => new stream.Hardtanh({ maxVal: 0.5 })),
  relu: activation(nn.functional.relu, () => new stream.ReLU()),
  tanh: activation(nn.functional.tanh, () => new stream.Tanh()),
  sigmoid: activation(nn.functional.sigmoid, () => new stream.Sigmoid()),
  silu: activation(nn.functional.silu, () => new stream.SiLU()),
  gelu: activation(nn.functional.gelu, () => new stream.GELU()),
  elu: activation(nn.functional.elu, () => new stream.ELU()),
  leakyRelu: activation(nn.functional.leakyRelu, () => new stream.LeakyReLU()),
  softplus: activation(nn.functional.softplus, () => new stream.Softplus()),
  hardtanh: activation(nn.functional.hardtanh, () => new stream.Hardtanh()),
};

/** A net of these layers, whose sizes are `widths[0]`, then `widths[i + 1]` where layer i does not keep its own. */
export function makeNet(names: readonly string[], widths: readonly number[]) {
  let C = widths[0];
  const layers = names.map((name, i) => {
    const layer = kinds[name](C, widths[i + 1]);
    C = layer.P;
    return layer;
  });
  const net = new nn.Sequential(...layers.map(({ step }) => step));
  return {
    net,
    /** From its state dict. */
    named() {
      const entries = [...net.stateDict()].filter(([, tensor]) => tensor.dtype === "float32");
      const weights = new Map(
        entries.map(([name, x]) => [name, { shape: x.shape, data: x.toArray() as Float32Array }]),
      );
      const list = layers.map((layer, i) => layer.named(weights, `${i}.`)).filter((layer) => layer !== null);
      return new stream.Sequential(...list);
    },
    /** All steps of x `[T, N, C]`, in the order of a stream's outputs. */
    whole(x: Tensor): Float32Array {
      const y = layers.reduce((z, layer) => layer.whole(z), x.permute(1, 2, 0));
      return y.permute(2, 0, 1).contiguous().toArray() as Float32Array;
    },
  };
}
