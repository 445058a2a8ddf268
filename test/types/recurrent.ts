/**
 * What must not compile, and what must: checked by `tsc -p tsconfig.json`, which fails where an error marked as expected
 * does not occur. Nothing here is ever run.
 */

import { nn, type Tensor } from "elman-nn";

declare const x: Tensor;
declare const packed: InstanceType<typeof nn.utils.rnn.PackedSequence>;
declare const h: Tensor;
declare const c: Tensor;

/** Holds if A and B are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<Claim extends true>(): Claim | undefined {
  return undefined;
}
const lstm = new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, projSize: 2 });
const gru = new nn.GRU(3, 4);
const rnn = new nn.RNN(3, 4, { nonlinearity: "relu" });

// ---- options

// @ts-expect-error an unknown option
new nn.LSTM(3, 4, { num_layers: 2 });
// @ts-expect-error a misspelt option
new nn.GRU(3, 4, { bidirektional: true });
// @ts-expect-error an option of another type
new nn.GRU(3, 4, { bias: 1 });
// @ts-expect-error a misspelt dtype
new nn.LSTM(3, 4, { dtype: "float46" });
// @ts-expect-error weights cannot be whole numbers
new nn.LSTM(3, 4, { dtype: "int32" });
// @ts-expect-error only an LSTM has projections
new nn.GRU(3, 4, { projSize: 2 });
// @ts-expect-error only an LSTM has projections
new nn.RNN(3, 4, { projSize: 2 });
// @ts-expect-error only an RNN has a nonlinearity
new nn.LSTM(3, 4, { nonlinearity: "relu" });
// @ts-expect-error another nonlinearity
new nn.RNN(3, 4, { nonlinearity: "sigmoid" });
// @ts-expect-error the number of layers is an option
new nn.LSTM(3, 4, 2);
// @ts-expect-error the hidden size is missing
new nn.LSTM(3);
// @ts-expect-error a cell has no layers
new nn.LSTMCell(3, 4, { numLayers: 2 });
// @ts-expect-error only an RNNCell has a nonlinearity
new nn.GRUCell(3, 4, { nonlinearity: "relu" });
// @ts-expect-error another mode
new nn.RNNBase("RNN", 3, 4);

// ---- forward

// @ts-expect-error the state of an LSTM is a pair
lstm.forward(x, h);
// @ts-expect-error a pair, not three
lstm.forward(x, [h, c, c]);
// @ts-expect-error a pair, not one
lstm.forward(x, [h]);
// @ts-expect-error the state of a GRU is a tensor
gru.forward(x, [h, c]);
// @ts-expect-error the state of an RNN is a tensor
rnn.forward(x, [h]);
// @ts-expect-error plain numbers are no input
lstm.forward([[1, 2, 3]]);
// @ts-expect-error an input is missing
gru.forward();
// @ts-expect-error an unknown option
gru.forward(x, null, { length: [3, 2] });
// @ts-expect-error lengths stand beside the state
gru.forward(x, null, [3, 2]);
// @ts-expect-error lengths are whole numbers in an array, or a tensor
gru.forward(x, null, { lengths: Float32Array.of(3, 2) });
// @ts-expect-error a packed sequence knows its lengths
lstm.forwardPacked(packed, null, { lengths: [3, 2] });
// @ts-expect-error packed in, packed out
export const dense: Tensor = gru.forwardPacked(packed)[0];
// @ts-expect-error packed sequences have a forward of their own
gru.forward(packed);
export const logits: typeof packed = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU()).forwardPacked(packed);
new nn.Softmax(-1).forwardPacked(new nn.Linear(3, 4).forwardPacked(packed));
// @ts-expect-error so do layers of rows
new nn.Linear(3, 4).forward(packed);
// @ts-expect-error a convolution knows no rows
new nn.Conv1d(3, 4, 1).forwardPacked(packed);
// @ts-expect-error the state is not the output
export const state: Tensor = lstm.forward(x)[1];
// @ts-expect-error modules are not callable
gru(x);
// @ts-expect-error the state of an LSTMCell is a pair
new nn.LSTMCell(3, 4).forward(x, h);
// @ts-expect-error the state of a GRUCell is a tensor
new nn.GRUCell(3, 4).forward(x, [h, c]);
// @ts-expect-error cells take tensors
new nn.GRUCell(3, 4).forward(packed);

holds<Same<ReturnType<typeof outputs.lstm>, [Tensor, nn.LSTMState]>>();
holds<Same<ReturnType<typeof outputs.packedLstm>, [typeof packed, nn.LSTMState]>>();
holds<Same<ReturnType<typeof outputs.gru>, [Tensor, Tensor]>>();
holds<Same<ReturnType<typeof outputs.packedRnn>, [typeof packed, Tensor]>>();
holds<Same<ReturnType<typeof outputs.lstmCell>, nn.LSTMState>>();
holds<Same<ReturnType<typeof outputs.gruCell>, Tensor>>();
// @ts-expect-error a claim that does not hold
holds<Same<ReturnType<typeof outputs.gru>, [Tensor, nn.LSTMState]>>();
export const outputs = {
  lstm: () => lstm.forward(x, [h, c], { lengths: [3, 2] }),
  packedLstm: () => lstm.forwardPacked(packed, [h, c]),
  gru: () => gru.forward(x, h, { lengths: Int32Array.of(3, 2) }),
  packedRnn: () => rnn.forwardPacked(packed, h),
  lstmCell: () => new nn.LSTMCell(3, 4).forward(x, [h, c]),
  gruCell: () => new nn.GRUCell(3, 4, { bias: false }).forward(x, h),
};

// What comes out goes in again.
lstm.forward(x, lstm.forward(x)[1]);
gru.forward(x, gru.forward(x)[1], { lengths: x });
lstm.forward(x, null);
lstm.forward(x, undefined, { lengths: null });

// A state that a loop carries from call to call needs no type of its own.
export function carried(): unknown[] {
  const [lstmCell, gruCell, rnnCell] = [new nn.LSTMCell(3, 4), new nn.GRUCell(3, 4), new nn.RNNCell(3, 4)];
  let pair: nn.LSTMState | null = null;
  let parts: nn.LSTMState | undefined;
  let whole: nn.LSTMState | null = null;
  let packedPair: nn.LSTMState | null = null;
  let one: Tensor | null = null;
  let other: Tensor | null = null;
  let cellPair: nn.LSTMState | null = null;
  let cell: Tensor | null = null;
  let plain: Tensor | undefined;
  for (let i = 0; i < 3; i++) {
    const [out, state] = lstm.forward(x, pair, { lengths: [3] });
    pair = state;
    const [, [hn, cn]] = lstm.forward(out, parts);
    parts = [hn.detach(), cn.detach()];
    const result = lstm.forward(x, whole);
    whole = result[1];
    const [, next] = lstm.forwardPacked(packed, packedPair);
    packedPair = next;
    const [outs, last] = gru.forward(x, one);
    one = last;
    const [, final] = rnn.forward(outs, other);
    other = final.detach();
    const both = lstmCell.forward(x, cellPair);
    cellPair = [both[0], both[1]];
    const after = gruCell.forward(x, cell);
    cell = after;
    plain = rnnCell.forward(x, plain);
  }
  return [pair, parts, whole, packedPair, one, other, cellPair, cell, plain];
}

// ---- fields

holds<Same<typeof lstm.weight_ih_l0_reverse, nn.Parameter>>();
holds<Same<typeof lstm.weight_hr_l11, nn.Parameter>>();
// @ts-expect-error a misspelt parameter
lstm.weigth_ih_l0;
// @ts-expect-error a parameter without its layer
lstm.weight_ih;
// @ts-expect-error an unknown field
lstm.hidden;
// @ts-expect-error options do not change, dropout excepted
lstm.numLayers = 3;
lstm.dropout = 0.5;
lstm.weight_ih_l0 = new nn.Parameter(x);
lstm.bias_ih_l0_reverse = lstm.bias_ih_l0;
lstm.weight_ih_l0 = new nn.Parameter(x);
// @ts-expect-error a plain tensor in the place of a parameter
lstm.weight_ih_l0 = x;
// @ts-expect-error a cell's parameters are of no layer
new nn.GRUCell(3, 4).weight_ih_l0;
// @ts-expect-error a cell's bias may be null
export const bias: nn.Parameter = new nn.GRUCell(3, 4).bias_ih;

// ---- backward

// @ts-expect-error there are gradients of first order only
x.backward(null, { createGraph: true });
// @ts-expect-error PyTorch's spelling
x.backward(null, { retain_graph: true });
x.backward(null, { retainGraph: true });

// ---- any cell: the states that it has, one or several, and lists of them where layers have sizes of their own

const { recurrentCells: cells } = nn;
class Unit extends nn.Module {
  override forward(input: Tensor, state: Tensor): Tensor {
    return input.add(state);
  }
}
const [, normal] = new nn.Recurrent(cells.layerNormLSTM, 3, 4).forward(x);
const [, single] = new nn.Recurrent(cells.mgu, 3, 4).forward(x, h);
const [, listed] = new nn.Recurrent(cells.mgu, 3, [4, 5]).forward(x, [h, c]);
const [, ofModule] = new nn.Recurrent(Unit, 3, 4).forward(x);
const [, ofCell] = new nn.Recurrent(nn.LSTMCell, 3, 4).forward(x);
const all = new nn.Recurrent(cells.peepholeLSTM, 3, 4).forward(x, null, { returnAll: true });
holds<Same<typeof normal, [Tensor, Tensor]>>();
holds<Same<typeof single, Tensor>>();
holds<Same<typeof listed, Tensor[]>>();
holds<Same<typeof ofModule, Tensor>>();
holds<Same<typeof ofCell, [Tensor, Tensor]>>();
holds<Same<typeof all.final, [Tensor, Tensor]>>();
// @ts-expect-error a cell of two states takes both
new nn.Recurrent(cells.lstm, 3, 4).forward(x, h);
// @ts-expect-error a misspelt option
new nn.Recurrent(cells.lstm, 3, 4, { zoneOut: 0.1 });
