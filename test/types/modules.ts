/**
 * Modules of users' own, containers and state dicts, as they must compile: checked by `tsc -p tsconfig.json`. Nothing
 * here is ever run.
 */

import { Generator, type GeneratorState, nn, optim, randn, type Tensor } from "elman-nn";
import { encodeTorch, loadTorch, stateDictOf } from "elman-nn/checkpoint";

/** A module with fields and a forward of its own signature. */
class Tagger extends nn.Module {
  readonly lstm = new nn.LSTM(8, 16, { bidirectional: true, batchFirst: true });
  readonly dropout = new nn.Dropout(0.1);
  readonly heads = new nn.ModuleList([new nn.Linear(32, 5), new nn.Linear(32, 7)]);

  override forward(input: Tensor, lengths: readonly number[], state: nn.LSTMState | null = null): [Tensor, Tensor] {
    const [output] = this.lstm.forward(input, state, { lengths });
    const dropped = this.dropout.forward(output);
    return [new nn.Linear(32, 5).forward(dropped), dropped];
  }
}

const tagger = new Tagger();
export const tags: [Tensor, Tensor] = tagger.forward(randn([2, 3, 8]), [3, 2]);
export const same: Tagger = tagger.clone().train().to("float64").requiresGrad_(false).eval();
export const weight: nn.Parameter = tagger.lstm.weight_hh_l0_reverse;
// @ts-expect-error the lengths are missing
tagger.forward(randn([2, 3, 8]));
// @ts-expect-error there is no such field
tagger.gru;

// ---- containers

const head = new nn.Sequential(new nn.Linear(16, 16), new nn.Dropout(0.5), new nn.Linear(16, 2));
export const logits: Tensor = head.forward(randn([3, 16]));
const tagged = new nn.Sequential(new nn.Linear(16, 8), new nn.LSTM(8, 16));
// @ts-expect-error a recurrent layer gives two things, which forward cannot hand on
tagged.forward(randn([3, 16]));

export const steps: nn.Sequential = new nn.Sequential({ fc: new nn.Linear(16, 16), act: nn.functional.relu });
// @ts-expect-error a recurrent layer fits under no name, either
new nn.Sequential({ rnn: new nn.LSTM(8, 16) });

export const first: nn.Linear = head.at(0);
export const one: nn.Linear | nn.Dropout = head.at(-1);
export const bent: Tensor = new nn.Sequential(head, nn.functional.relu, (x) => x.mul(2))
  .slice(1)
  .forward(randn([3, 16]));
// @ts-expect-error the second step is no Linear
export const second: nn.Linear = head.at(1);
// @ts-expect-error a function that gives no tensor
new nn.Sequential((x: Tensor) => x.shape);
const named = new nn.ModuleDict({ encoder: new nn.LSTM(8, 16), head });
export const encoder: nn.LSTM = named.get("encoder");
// @ts-expect-error there is no such module
named.get("decoder");
export const open = new nn.ModuleDict<Record<string, nn.Module>>({ head });
export const any: nn.Module = open.get("decoder");
export const heads: nn.ModuleList<nn.Linear> = tagger.heads.slice(0, 1);

// ---- attention, buffers, shapes

const attention = new nn.MultiheadAttention(16, 4, { batchFirst: true });
const x = randn(2, 3, 16, { dtype: "float64" });
export const both: [Tensor, Tensor] = attention.forward(x, x, x);
export const alone: [Tensor, null] = attention.forward(x, x, x, { needWeights: false });
// @ts-expect-error the weights may be null
export const maybe: [Tensor, Tensor] = attention.forward(x, x, x, { needWeights: Math.random() > 0.5 });
// @ts-expect-error PyTorch's spelling
new nn.MultiheadAttention(16, 4, { batch_first: true });
export const viewed: Tensor = x.view(2, -1).reshape([6, 16]).permute(1, 0).expand(16, 6).repeat(1, 2).T;
// @ts-expect-error a shape is numbers
x.view("2");
// @ts-expect-error options come last
randn({ dtype: "float64" }, 2, 3);
export const running: nn.Buffer | null = new nn.BatchNorm1d(4).running_mean;
// @ts-expect-error a plain tensor is no buffer
new nn.BatchNorm1d(4).running_mean = randn(4);
// @ts-expect-error one of two words
new nn.GELU("erf");

// ---- state dicts

const dict: Map<string, Tensor> = tagger.stateDict();
tagger.loadStateDict(dict);
tagger.loadStateDict(Object.fromEntries(dict));
tagger.loadStateDict({ "lstm.weight_ih_l0": randn([64, 8]) }, { strict: false });
export const { missingKeys, unexpectedKeys }: nn.LoadResult = tagger.loadStateDict(dict);
// @ts-expect-error numbers are no tensors
tagger.loadStateDict({ "lstm.weight_ih_l0": [1, 2, 3] });
// @ts-expect-error an unknown option
tagger.loadStateDict(dict, { assign: true });
// @ts-expect-error a list is no state dict
tagger.loadStateDict([randn([3])]);
// @ts-expect-error a misspelt dtype
tagger.to("float46");

// What public functions take and give has a name.
export const snapshot: GeneratorState = new Generator(1).getState();
export const limits: nn.utils.ClipOptions = { normType: 1 };

// ---- a training in a file: what is saved and what is loaded fits without a cast

const optimizer = new optim.Adam(tagger.parameters());
const scheduler: optim.lrScheduler.StepLR = new optim.lrScheduler.StepLR(optimizer, 3);
const run = { epoch: 3, model: tagger.stateDict(), optimizer: optimizer.stateDict(), scheduler: scheduler.stateDict() };
export const file: Uint8Array = encodeTorch(run);
const checkpoint = await loadTorch(file);
tagger.loadStateDict(stateDictOf(checkpoint).stateDict);
optimizer.loadStateDict(checkpoint.get("optimizer"));
scheduler.loadStateDict(checkpoint.get("scheduler"));
