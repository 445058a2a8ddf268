/** Packing against PyTorch: its own tests by their names, its values, gradients and errors, and what it lacks. */

import { describe, expect, it } from "vitest";
import { arange, cat, nn, ones, stack, type Tensor, tensor, zeros } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { expected, fixture, type Raised, type Result, raised, refuses } from "../../support/nn_fixture.js";
import { source } from "../../support/random.js";
import { exact, expectClose } from "../../support/tolerance.js";

const {
  PackedSequence,
  invertPermutation,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  padSequence,
  unpackSequence,
  unpadSequence,
} = nn.utils.rnn;

const { pack, pad, errors } = fixture.packing as {
  pack: {
    shape: number[];
    lengths: number[];
    batchFirst: boolean;
    enforceSorted: boolean;
    packed: { data: Result; batchSizes: number[]; sortedIndices: number[] | null; unsortedIndices: number[] | null };
    inputGradient: Result;
    padded: Result;
    back: number[];
    dataGradient: Result;
  }[];
  pad: {
    lengths: number[];
    rest: number[];
    batchFirst: boolean;
    paddingSide: "left" | "right";
    padded: Result;
  }[];
  errors: Record<string, Raised>;
};

/** start, start + 1, … in float64. */
function counting(shape: number[], start = 1): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return arange(start, start + count, 1, { dtype: "float64" }).reshape(shape);
}

const list = (x: Tensor | null) => x && Array.from(x.toArray());
const vector = (...data: number[]) => tensor(data, { dtype: "float64" });
const ints = (...data: number[]) => tensor(Int32Array.from(data));
const [a, b, c] = [vector(1, 2, 3), vector(4, 5), vector(6)];
const flags = [true, false];
/** Sequences of 1², 2², … 9² steps with so many further dimensions, in an order of their own. */
const squares = (trailing: number) =>
  [4, 1, 9, 3, 7, 2, 8, 5, 6].map((i) => counting([i * i, ...Array<number>(trailing).fill(2)], i));

describe("PyTorch's own tests", () => {
  for (const enforceSorted of flags) {
    it(`test_type_casts, enforceSorted ${enforceSorted}`, () => {
      const members = enforceSorted ? [a, b, c] : [b, a, c];
      const packed = packSequence(members, { enforceSorted });
      for (const dtype of ["float32", "float64", "int32", "bool"] as const) {
        const cast = packed.to(dtype);
        expect(cast.data.dtype).toBe(dtype);
        expect(list(cast.sortedIndices)).toEqual(list(packed.sortedIndices));
        unpackSequence(cast).forEach((sequence, i) => {
          expect(sequence.dtype).toBe(dtype);
          expect(list(sequence)).toEqual(list(members[i].to(dtype)));
        });
      }
    });

    it(`test_to, enforceSorted ${enforceSorted}`, () => {
      const packed = packSequence(enforceSorted ? [a, b, c] : [b, a, c], { enforceSorted });
      expect(packed.to("float64")).toBe(packed);
      const single = packed.to("float32");
      expect(single).not.toBe(packed);
      expect(single.data.dtype).toBe("float32");
      expect(single.batchSizes.dtype).toBe("int32");
      expect(list(single.batchSizes)).toEqual([3, 2, 1]);
      expect(list(packed.data)).toEqual([1, 4, 6, 2, 5, 3]);
      expect(packed.data.dtype).toBe("float64");
    });
  }

  it("test_wrong_order", () => {
    const x = ones([25, 300]);
    refuses(() => packPaddedSequence(x, [22, 25], { batchFirst: true }), {
      kind: "RuntimeError",
      message: "Expected `len(lengths)` to be equal to batch_size, but got 2 (batch_size=25)",
    });
    refuses(() => packPaddedSequence(ones([25, 2, 300]), [22, 25]), errors.unsorted);
  });

  it("test_pad_sequence_with_tensor_sequences", () => {
    const sequences = [counting([3, 2]), counting([3, 2], 10)];
    for (const batchFirst of flags) {
      const padded = padSequence(sequences, { batchFirst });
      expectClose(padSequence(stack(sequences), { batchFirst }), padded, exact);
      expect(list(padded.at(0))).toEqual(batchFirst ? [1, 2, 3, 4, 5, 6] : [1, 2, 10, 11]);
    }
  });

  it("test_pad_sequence_with_non_iterable_sequences", () => {
    const message = "pad_sequence: Expected iterable for input sequences, but got arg of type: number";
    refuses(() => padSequence(5 as never), { kind: "RuntimeError", message });
  });

  it("test_total_length", () => {
    const sequences = [4, 3, 2, 1].map((n) => counting([n, 5], n));
    const packed = packSequence(sequences);
    refuses(() => padPackedSequence(packed, { totalLength: -1 }), errors["total -1"]);
    refuses(() => padPackedSequence(packed, { totalLength: 0 }), errors["total 0"]);
    refuses(() => padPackedSequence(packed, { totalLength: 3 }), errors["total 3"]);
    for (const batchFirst of flags) {
      const [plain] = padPackedSequence(packed, { batchFirst });
      for (const more of [0, 1, 8]) {
        const [padded, lengths] = padPackedSequence(packed, { batchFirst, totalLength: 4 + more });
        const blank = zeros(batchFirst ? [4, more, 5] : [more, 4, 5], { dtype: "float64" });
        expectClose(padded, cat([plain, blank], batchFirst ? 1 : 0), exact);
        expect(list(lengths)).toEqual([4, 3, 2, 1]);
      }
    }
  });

  it("test_pad_sequence", () => {
    const options = { paddingValue: 1 };
    expect(padSequence([b, a, c]).toNested()).toEqual([
      [4, 1, 6],
      [5, 2, 0],
      [0, 3, 0],
    ]);
    expect(padSequence([b, a, c], { ...options, batchFirst: true }).toNested()).toEqual([
      [4, 5, 1],
      [1, 2, 3],
      [6, 1, 1],
    ]);
    for (const trailing of [0, 1, 2, 3]) {
      const sequences = squares(trailing);
      const padded = padSequence(sequences, { batchFirst: true });
      expect(padded.shape).toEqual([9, 81, ...Array<number>(trailing).fill(2)]);
      sequences.forEach((sequence, n) => {
        const L = sequence.size(0);
        expect(list(padded.at(n).narrow(0, 0, L))).toEqual(list(sequence));
        expect(
          list(
            padded
              .at(n)
              .narrow(0, L, 81 - L)
              .abs()
              .sum(),
          ),
        ).toEqual([0]);
      });
      expect(list(padSequence(sequences).transpose(0, 1))).toEqual(list(padded));
    }
  });

  it("test_unpad_sequence", () => {
    for (const trailing of [0, 1, 2, 3]) {
      for (const batchFirst of flags) {
        const sequences = squares(trailing);
        const lengths = sequences.map((sequence) => sequence.size(0));
        const padded = padSequence(sequences, { batchFirst });
        const shape = padded.shape;
        const again = unpadSequence(padded, ints(...lengths), { batchFirst });
        expect(padded.shape).toEqual(shape);
        expect(again.map((sequence) => sequence.toNested())).toEqual(sequences.map((sequence) => sequence.toNested()));
      }
    }
  });

  it("test_unpack_sequence", () => {
    for (const trailing of [0, 1, 2, 3]) {
      const sequences = squares(trailing);
      const again = unpackSequence(packSequence(sequences, { enforceSorted: false }));
      expect(again.map((sequence) => sequence.toNested())).toEqual(sequences.map((sequence) => sequence.toNested()));
    }
  });

  it("test_pack_sequence", () => {
    const sorted = packSequence([a, b, c]);
    expect(list(sorted.data)).toEqual([1, 4, 6, 2, 5, 3]);
    expect(list(sorted.batchSizes)).toEqual([3, 2, 1]);
    expect([sorted.sortedIndices, sorted.unsortedIndices]).toEqual([null, null]);
    const shuffled = packSequence([b, c, a], { enforceSorted: false });
    expect(list(shuffled.data)).toEqual([1, 4, 6, 2, 5, 3]);
    expect(list(shuffled.sortedIndices)).toEqual([2, 0, 1]);
    expect(list(shuffled.unsortedIndices)).toEqual([1, 2, 0]);
    refuses(() => packSequence([b, c, a]), errors["pack unsorted"]);

    for (const trailing of [0, 1, 2]) {
      for (const enforceSorted of flags) {
        const sequences = squares(trailing);
        if (enforceSorted) sequences.sort((x, y) => y.size(0) - x.size(0));
        const lengths = sequences.map((sequence) => sequence.size(0));
        const packed = packSequence(sequences, { enforceSorted });
        for (const batchFirst of flags) {
          const padded = padSequence(sequences, { batchFirst });
          const compared = packPaddedSequence(padded, lengths, { batchFirst, enforceSorted });
          expectClose(compared.data, packed.data, exact);
          expect(list(compared.batchSizes)).toEqual(list(packed.batchSizes));
          expect(list(compared.sortedIndices)).toEqual(list(packed.sortedIndices));
          expectClose(padPackedSequence(packed, { batchFirst })[0], padded, exact);
        }
      }
    }
  });

  for (const one of pack) {
    const { shape, lengths, batchFirst, enforceSorted, packed } = one;
    it(`test_pack_padded_sequence [${shape}] of ${lengths}${batchFirst ? ", batchFirst" : ""}`, () => {
      const input = counting(shape).requiresGrad_();
      const done = packPaddedSequence(input, lengths, { batchFirst, enforceSorted });
      expectClose(done.data, expected(packed.data), exact);
      expect(list(done.batchSizes)).toEqual(packed.batchSizes);
      expect(list(done.sortedIndices)).toEqual(packed.sortedIndices);
      expect(list(done.unsortedIndices)).toEqual(packed.unsortedIndices);
      done.data.backward(counting(done.data.shape, 100));
      expectClose(input.grad as Tensor, expected(one.inputGradient), exact);

      const totalLength = Math.max(...lengths) + 2;
      const [padded, back] = padPackedSequence(done, { batchFirst, totalLength, paddingValue: -1.5 });
      expectClose(padded, expected(one.padded), exact);
      expect(back.dtype).toBe("int32");
      expect(list(back)).toEqual(one.back);
      const leaf = done.data.detach().requiresGrad_();
      const [again] = padPackedSequence(done.with(leaf), { batchFirst, totalLength });
      again.backward(counting(again.shape, 200));
      expectClose(leaf.grad as Tensor, expected(one.dataGradient), exact);
    });
  }

  it("test_pack_padded_sequence: lengths as an array, an Int32Array and a tensor", () => {
    const x = counting([4, 3]);
    for (const lengths of [[4, 2, 1], Int32Array.of(4, 2, 1), ints(4, 2, 1)]) {
      expect(list(packPaddedSequence(x, lengths).data)).toEqual([1, 2, 3, 4, 5, 7, 10]);
    }
  });
});

describe("padSequence", () => {
  for (const { lengths, rest, batchFirst, paddingSide, padded } of pad) {
    it(`${lengths} × [${rest}], ${paddingSide}${batchFirst ? ", batchFirst" : ""}`, () => {
      const sequences = lengths.map((n, i) => counting([n, ...rest], 100 * i));
      const options = { batchFirst, paddingSide, paddingValue: 0.25 };
      expectClose(padSequence(sequences, options), expected(padded), exact);
      const generator = function* () {
        yield* sequences;
      };
      expectClose(padSequence(generator(), options), expected(padded), exact);
    });
  }

  it("takes dtype and trailing sizes from the first", () => {
    const mixed = padSequence([ints(1, 2), vector(1.7, -1.7, 9)], { paddingValue: 0.7 });
    expect(mixed.dtype).toBe("int32");
    expect(mixed.toNested()).toEqual([
      [1, 1],
      [2, -1],
      [0, 9],
    ]);
    const stretched = padSequence([zeros([1, 2]), tensor([[3], [4]])]);
    expect(stretched.toNested()).toEqual([
      [
        [0, 0],
        [3, 3],
      ],
      [
        [0, 0],
        [4, 4],
      ],
    ]);
  });
});

describe("gradients", () => {
  const draw = source(1);

  it("flow through every function", () => {
    const members = [draw([2, 2]), draw([4, 2]), draw([1, 2])];
    for (const batchFirst of flags) {
      for (const paddingSide of ["left", "right"] as const) {
        gradcheck((...x) => padSequence(x, { batchFirst, paddingSide, paddingValue: 2 }), members);
      }
      gradcheck(
        (...x) => padPackedSequence(packSequence(x, { enforceSorted: false }), { batchFirst, totalLength: 6 })[0],
        members,
      );
      gradcheck((x) => unpadSequence(x, [2, 0, 3], { batchFirst }), [draw([3, 3])]);
    }
    gradcheck((...x) => unpackSequence(packSequence(x, { enforceSorted: false })), members);
    gradcheck((x) => packPaddedSequence(x, [3, 1], { batchFirst: true }).data, [draw([2, 4, 1])]);
  });
});

describe("what fits together", () => {
  it("a sequence is made by hand from its parts, either order of them enough", () => {
    const data = vector(0, 1, 2);
    for (const packed of [
      new PackedSequence(data, [2, 1], ints(1, 0)),
      new PackedSequence(data, ints(2, 1), null, ints(1, 0)),
      new PackedSequence(data, Int32Array.of(2, 1) as never, ints(1, 0), ints(1, 0)),
    ]) {
      const [padded, lengths] = padPackedSequence(packed);
      expect(padded.toNested()).toEqual([
        [1, 0],
        [0, 2],
      ]);
      expect(list(lengths)).toEqual([1, 2]);
    }
    const [padded, lengths] = padPackedSequence(new PackedSequence(data, [2, 1, 0]));
    expect([padded.shape, list(lengths)]).toEqual([
      [3, 2],
      [2, 1],
    ]);
  });

  it("invertPermutation turns an order round", () => {
    expect(invertPermutation(null)).toBeNull();
    const inverse = invertPermutation(ints(2, 0, 3, 1)) as Tensor;
    expect(inverse.dtype).toBe("int32");
    expect(list(inverse)).toEqual([1, 3, 0, 2]);
    expect(
      list(
        packSequence(
          [2, 3, 2, 3, 1].map((n) => ones([n])),
          { enforceSorted: false },
        ).sortedIndices,
      ),
    ).toEqual([1, 3, 0, 2, 4]);
  });

  it("prints as in PyTorch", () => {
    expect(String(packSequence([ones([2])]))).toBe(
      "PackedSequence(data=tensor([1., 1.]), batch_sizes=tensor([1, 1], dtype=torch.int32), sorted_indices=None, unsorted_indices=None)",
    );
    expect(String(packSequence([ones([1]), ones([2])], { enforceSorted: false }))).toContain(
      "sorted_indices=tensor([1, 0], dtype=torch.int32), unsorted_indices=tensor([1, 0], dtype=torch.int32))",
    );
  });

  it("keeps the lengths it was made of", () => {
    const sizes = ints(2, 1);
    const packed = new PackedSequence(vector(0, 1, 2), sizes);
    sizes.fill_(9);
    expect(list(packed.batchSizes)).toEqual([2, 1]);
    expect(raised(() => packed.with(ones([4]))).message).toContain("data of 3 rows");
  });
});

describe("packed sequences as tensors", () => {
  const pair = () => [counting([3, 2]), counting([1, 2], 10), counting([2, 2], 20)];
  const packed = () => packSequence(pair(), { enforceSorted: false });
  const lists = (sequence: InstanceType<typeof PackedSequence>) => unpackSequence(sequence).map((x) => x.tolist());

  it("go through layers and functions row by row, gradients included", () => {
    const linear = new nn.Linear(2, 3, { dtype: "float64" });
    const mapped = packed().map(linear, nn.functional.relu, new nn.Tanh(), (x) => x.mul(2));
    const alone = pair().map((x) => linear.forward(x).relu().tanh().mul(2).tolist());
    expect(lists(mapped)).toEqual(alone);
    mapped.data.sum().backward();
    expect(linear.weight.grad?.shape).toEqual([3, 2]);
    const [x, y] = [packed(), packed().map((x) => x.mul(3))];
    expect(
      lists(
        x
          .add(y)
          .sub(1)
          .mul(tensor([1, 2], null, { dtype: "float64" }))
          .div(2),
      ),
    ).toEqual(
      pair().map((x) =>
        x
          .mul(4)
          .sub(1)
          .mul(tensor([1, 2], null, { dtype: "float64" }))
          .div(2)
          .tolist(),
      ),
    );
  });

  it("are told where they do not go together", () => {
    const other = packSequence([ones([2, 2]), ones([2, 2]), ones([2, 2])]);
    const message = "expected two PackedSequences of the same lengths in the same order";
    refuses(() => packed().add(other), { kind: "ValueError", message });
    const turned = packSequence([...pair()].reverse(), { enforceSorted: false });
    refuses(() => packed().mul(turned), { kind: "ValueError", message });
    expect(() => packed().map((x) => x.sum(0))).toThrow("PackedSequence expected data of 6 rows");
    const weights = packSequence([ones([3]), ones([1]), ones([2])], { enforceSorted: false });
    const ranks = "expected two PackedSequences of as many dimensions, got 2 and 1";
    refuses(() => packed().mul(weights), { kind: "ValueError", message: ranks });
    const steps = "PackedSequence.map() expected layers and functions of rows, got: undefined";
    refuses(() => packed().map(undefined as never), { kind: "TypeError", message: steps });
  });
});
