/**
 * What recurrent models are trained with, each as a small program; training_features.py has the same for PyTorch. x [4, 6, 8]
 * is four sequences, and a program gives losses and what the parameters came to.
 */

import {
  cat,
  manualSeed,
  multinomial,
  nn,
  optim,
  rand,
  randint,
  randn,
  randperm,
  stack,
  type Tensor,
  tensor,
} from "elman-nn";
import { encodeTorch, loadTorch, stateDictOf } from "elman-nn/checkpoint";
import { exportOnnx, fromOnnx } from "elman-nn/convert";
import { DataLoader, TensorDataset } from "elman-nn/data";
import { fit } from "elman-nn/train";
import type { Own, Program } from "./features.js";

const F = nn.functional;
const classes = () => tensor([1, 0, 2, 1], { dtype: "int32" });

/** A GRU, and a linear layer over its last state. */
class Net extends nn.Module {
  rnn = new nn.GRU(8, 5, { batchFirst: true });
  head = new nn.Linear(5, 3);

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.rnn.forward(x)[1].at(0));
  }
}

type Scheduler = (optimizer: optim.Optimizer) => { step(loss: number): void };

/** Six steps of a net; what comes after `backward` may change the gradients. */
function steps(
  x: Tensor,
  net: Net,
  optimizer: optim.Optimizer,
  schedule: (loss: number) => void,
  clip = false,
): Tensor[] {
  const losses: Tensor[] = [];
  for (let i = 0; i < 6; i++) {
    const loss = F.crossEntropy(net.forward(x.detach()), classes());
    optimizer.zeroGrad();
    loss.backward();
    if (clip) losses.push(nn.utils.clipGradNorm_(net.parameters(), 0.1));
    optimizer.step();
    schedule(loss.item());
    losses.push(loss.detach());
  }
  return [stack(losses), ...net.parameters().map((p) => p.detach().clone())];
}

const trained =
  (make: (parameters: nn.Parameter[]) => optim.Optimizer, scheduler: Scheduler | null = null, clip = false): Program =>
  (x, own) => {
    const net = own(new Net());
    const optimizer = make(net.parameters());
    const driven = scheduler?.(optimizer);
    return steps(x, net, optimizer, (loss) => driven?.step(loss), clip);
  };

const sgd = (parameters: nn.Parameter[]) => new optim.SGD(parameters, { lr: 0.5, momentum: 0.9 });

/** A loss of scores [4, 3], or of probabilities. */
const scored =
  (loss: (scores: Tensor) => Tensor): Program =>
  (x, own) =>
    loss(own(new Net()).forward(x));

/** Numbers between 0 and 1 to be met, as many as there are scores. */
const likely = (y: Tensor) => y.detach().flip(0).sigmoid();

/** A net and its optimiser through files in the middle of a training. */
async function resumed(x: Tensor, own: Own): Promise<Tensor[]> {
  const net = own(new Net());
  const optimizer = new optim.Adam(net.parameters(), { lr: 0.1 });
  const first = steps(x, net, optimizer, () => {});
  const file = encodeTorch({ model: net.stateDict(), optimizer: optimizer.stateDict() });
  const checkpoint = await loadTorch(file);
  const other = new Net().to(x.dtype);
  other.loadStateDict(stateDictOf(checkpoint, "model").stateDict);
  const next = new optim.Adam(other.parameters(), { lr: 1 });
  next.loadStateDict(checkpoint.get("optimizer"));
  return [...first, ...steps(x, other, next, () => {})];
}

export const trainingFeatures: Readonly<Record<string, Program>> = {
  DataLoader: async (x) => {
    manualSeed(7);
    const loader = new DataLoader(new TensorDataset(x.detach(), classes()), { batchSize: 3, shuffle: true });
    const batches: Tensor[] = [];
    for (let epoch = 0; epoch < 2; epoch++) for await (const [inputs, targets] of loader) batches.push(inputs, targets);
    return batches;
  },
  Adam: trained((parameters) => new optim.Adam(parameters, { lr: 0.05 })),
  "save, load": async (x, own) => {
    const net = own(new Net());
    const copy = new Net().to(x.dtype);
    copy.loadStateDict(stateDictOf(await loadTorch(encodeTorch(net.stateDict()))).stateDict);
    return copy.forward(x.detach());
  },
  manual_seed: () => {
    manualSeed(3);
    const drawn = [rand(5), randn(20), randint(0, 9, [6]), randperm(7), new nn.LSTM(3, 4).weight_ih_l0.detach()];
    return drawn.map((y) => y.to("float64"));
  },
  CrossEntropyLoss: scored((y) => new nn.CrossEntropyLoss({ labelSmoothing: 0.1 }).forward(y, classes())),
  weight_decay: trained((parameters) => new optim.Adam(parameters, { lr: 0.05, weightDecay: 0.1 })),
  ReduceLROnPlateau: trained(sgd, (o) => new optim.lrScheduler.ReduceLROnPlateau(o, { patience: 0, threshold: 0.3 })),
  CosineAnnealingLR: trained(sgd, (o) => {
    const scheduler = new optim.lrScheduler.CosineAnnealingLR(o, 4);
    return { step: () => scheduler.step() };
  }),
  StepLR: trained(sgd, (o) => {
    const scheduler = new optim.lrScheduler.StepLR(o, 2, { gamma: 0.5 });
    return { step: () => scheduler.step() };
  }),
  LambdaLR: trained(sgd, (o) => {
    const scheduler = new optim.lrScheduler.LambdaLR(o, (epoch) => 0.9 ** epoch);
    return { step: () => scheduler.step() };
  }),
  clip_grad_norm_: trained(sgd, null, true),
  MSELoss: scored((y) => new nn.MSELoss().forward(y, likely(y))),
  "optimiser state": resumed,
  "early stopping": async (x, own) => {
    const net = own(new Net());
    const optimizer = sgd(net.parameters());
    const batches: [Tensor, Tensor][] = [[x.detach(), classes()]];
    const validate: [Tensor, Tensor][] = [[x.detach().neg(), classes()]];
    const losses: number[] = [];
    const options = { optimizer, loss: F.crossEntropy, epochs: 40, validate, patience: 2, keepBest: true };
    for await (const event of fit(net, batches, options)) {
      if ("validation" in event && event.validation !== null) losses.push(event.validation.loss);
    }
    return [tensor(losses, { dtype: "float64" }), ...net.parameters().map((p) => p.detach())];
  },
  AdamW: trained((parameters) => new optim.AdamW(parameters, { lr: 0.05 })),
  SGD: trained((parameters) => new optim.SGD(parameters, { lr: 0.5, momentum: 0.9, nesterov: true })),
  RMSprop: trained((parameters) => new optim.RMSprop(parameters, { lr: 0.01 })),
  BCEWithLogitsLoss: scored((y) => new nn.BCEWithLogitsLoss().forward(y, likely(y))),
  BCELoss: scored((y) => new nn.BCELoss().forward(y.sigmoid(), likely(y))),
  multinomial: (x) => {
    manualSeed(4);
    return multinomial(x.detach().at(0).softmax(1), 5, { replacement: true });
  },
  "ONNX export": (x, own) => {
    const lstm = own(new nn.LSTM(8, 5, { bidirectional: true }));
    const [{ layer }] = fromOnnx(exportOnnx(lstm));
    return (layer as nn.LSTM).forward(x.detach())[0];
  },
  NLLLoss: scored((y) => new nn.NLLLoss().forward(y.logSoftmax(1), classes())),
  CTCLoss: (x, own) => {
    const scores = own(new nn.Linear(8, 4)).forward(x).logSoftmax(2).transpose(0, 1);
    const targets = cat([classes().slice(0, 0, 2), classes()], 0).add(1);
    return new nn.CTCLoss({ zeroInfinity: true }).forward(scores, targets, [6, 6, 5, 4], [2, 1, 2, 1]);
  },
  L1Loss: scored((y) => new nn.L1Loss().forward(y, likely(y))),
  SmoothL1Loss: scored((y) => new nn.SmoothL1Loss({ beta: 0.3 }).forward(y, likely(y))),
  HuberLoss: scored((y) => new nn.HuberLoss({ delta: 0.3 }).forward(y, likely(y))),
};
