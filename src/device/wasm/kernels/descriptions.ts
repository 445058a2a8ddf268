/**
 * What a call is told, laid out in memory: whole numbers of 32 bits in this order, which wasm/descriptions.ts has, too.
 * Arrays that a call has no use for are 0. `padded` sizes follow from H and P.
 */

/** Steps of a sequence: `count` of them, whose rows begin with row `start`. */
@unmanaged
export class Forward {
  /** 0 RNN_TANH, 1 RNN_RELU, 2 LSTM, 3 GRU; below 0 the place in the table of a step of another module, backward behind it. */
  cell: i32;
  count: i32;
  /** How many sequences are alive at each. */
  steps: usize;
  start: i32;
  reverse: i32;
  H: i32;
  P: i32;
  gates: i32;
  /** Numbers a unit that are kept. */
  keep: i32;
  /** Whether states and gates are kept by row, or in place for one step. */
  keepAll: i32;
  /** The input gates of every row. */
  x: usize;
  /** The recurrent gates of one step, of a cell that adds them otherwise. */
  r: usize;
  hh: usize;
  biasHh: usize;
  hr: usize;
  /** The running states. */
  h: usize;
  c: usize;
  prevH: usize;
  prevC: usize;
  /** h before a projection; without one `output`. */
  raw: usize;
  nextC: usize;
  kept: usize;
  output: usize;
  /** The cell's own parameters side by side, each padded. */
  own: usize;
  /** What a second product multiplies, kept as h is. */
  made: usize;
}

/** The same steps the other way round. */
@unmanaged
export class Backward {
  cell: i32;
  count: i32;
  steps: usize;
  start: i32;
  reverse: i32;
  H: i32;
  P: i32;
  gates: i32;
  keep: i32;
  hh: usize;
  hr: usize;
  dOutput: usize;
  dh: usize;
  dc: usize;
  prevH: usize;
  prevC: usize;
  raw: usize;
  kept: usize;
  dx: usize;
  dr: usize;
  /** With a projection: the gradient of h after it, every row, and of h before it, one step's worth. */
  projected: usize;
  unprojected: usize;
  nextC: usize;
  own: usize;
  /** The sums of their gradients, in double precision. */
  dOwn: usize;
  /** The recurrent weight's share of a second product; `hh` is then the rest. And the gradient of what it multiplies. */
  second: usize;
  dMade: usize;
}

/** One level of a stack, one step of which is run: its input product besides. */
@unmanaged
export class Level extends Forward {
  C: i32;
  input: usize;
  ih: usize;
  biasIh: usize;
}
