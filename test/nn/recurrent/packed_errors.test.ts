/** What packing refuses, in PyTorch's words where it has any, and the halves of a bidirectional output. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, ones, randn, type Tensor, tensor, zeros } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { fixture, nonsense, type Raised, raised, refuses, refusesSomehow } from "../../support/nn_fixture.js";
import { source } from "../../support/random.js";
import { exact, expectClose } from "../../support/tolerance.js";

const {
  PackedSequence,
  invertPermutation,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  padSequence,
  splitDirections,
  unpackSequence,
  unpadSequence,
} = nn.utils.rnn;

const errors: Record<string, Raised> = fixture.packing.errors;
const ints = (...data: number[]) => tensor(Int32Array.from(data));

describe("as PyTorch refuses", () => {
  const four = packSequence([ones([4]), ones([2])]);
  const cases: [string, () => unknown][] = [
    ["1-D", () => packPaddedSequence(ones([3]), [3])],
    ["empty T", () => packPaddedSequence(zeros([0, 2]), [1, 1])],
    ["empty features", () => packPaddedSequence(zeros([3, 2, 0]), [1, 1])],
    ["empty N", () => packPaddedSequence(zeros([3, 0]), [])],
    ["count", () => packPaddedSequence(ones([4, 3]), [2, 1])],
    ["no lengths", () => packPaddedSequence(ones([4, 3]), [])],
    ["zero", () => packPaddedSequence(ones([4, 3]), [2, 1, 0])],
    ["negative", () => packPaddedSequence(ones([4, 3]), [2, 1, -1])],
    ["unsorted", () => packPaddedSequence(ones([25, 2]), [22, 25])],
    ["total -1", () => padPackedSequence(four, { totalLength: -1 })],
    ["total 0", () => padPackedSequence(four, { totalLength: 0 })],
    ["total 3", () => padPackedSequence(four, { totalLength: 3 })],
    ["pad none", () => padSequence([])],
    ["pad no rows", () => padSequence(zeros([0, 3]))],
    ["pad side", () => padSequence([ones([2])], { paddingSide: "x" as never })],
    ["pad NaN", () => padSequence([ints(1, 1), ints(1)], { paddingValue: Number.NaN })],
    ["pack none", () => packSequence([])],
    ["pack zero", () => packSequence([ones([2]), ones([0])])],
    ["pack all zero", () => packSequence([ones([0]), ones([0])])],
    ["pack unsorted", () => packSequence([ones([2]), ones([3])])],
    ["invert", () => invertPermutation(ints(0, 3, 1))],
  ];
  it.each(cases)("%s", (name, call) => refuses(call, errors[name]));

  it("2-D lengths", () => {
    const { kind, message } = errors["2-D lengths"];
    expect(message).toContain("2D cpu Long tensor");
    refuses(() => packPaddedSequence(ones([4, 3]), ints(1, 1, 1).reshape([1, 3])), {
      kind,
      message: message.replace("Long", "Int"),
    });
  });

  it("covers every error that was recorded", () => {
    expect([...cases.map(([name]) => name), "2-D lengths"].sort()).toEqual(Object.keys(errors).sort());
  });
});

describe("refused although PyTorch accepts it", () => {
  const count = (got: number, N: number) => ({
    kind: "RuntimeError",
    message: `Expected \`len(lengths)\` to be equal to batch_size, but got ${got} (batch_size=${N})`,
  });
  const long = (T: number, length: number, all: string) => ({
    kind: "RuntimeError",
    message: `Expected every length to be at most the number of steps ${T}, but got ${length} in [${all}]`,
  });

  it("lengths beyond the last step", () => {
    refuses(() => packPaddedSequence(ones([4, 2]), [5, 4]), long(4, 5, "5, 4"));
    refuses(() => packPaddedSequence(ones([4, 2]), [4, 5], { enforceSorted: false }), long(4, 5, "4, 5"));
    refuses(() => packPaddedSequence(ones([2, 4]), [5, 4], { batchFirst: true }), long(4, 5, "5, 4"));
    refuses(() => unpadSequence(ones([4, 2]), [5, 4]), long(4, 5, "5, 4"));
  });

  it("too few or too many lengths", () => {
    for (const enforceSorted of [true, false]) {
      refuses(() => packPaddedSequence(ones([4, 3]), [2, 1], { enforceSorted }), count(2, 3));
      refuses(() => packPaddedSequence(ones([4, 3]), [2, 1, 1, 1], { enforceSorted }), count(4, 3));
    }
    refuses(() => unpadSequence(ones([4, 3]), [2, 1]), count(2, 3));
    refuses(() => unpadSequence(ones([4, 3]), ints(2, 1, 1, 1)), count(4, 3));
  });

  it("lengths that are not whole numbers", () => {
    for (const wrong of [1.5, Number.NaN, Number.POSITIVE_INFINITY, undefined, null, "1", true]) {
      const text = `pack_padded_sequence() expected whole numbers as lengths, got: ${wrong}`;
      refuses(() => packPaddedSequence(ones([4, 2]), [2, wrong as number]), { kind: "TypeError", message: text });
    }
    const float = "'lengths' argument should be a 1D CPU int64 tensor, but got 1D cpu Float tensor";
    refuses(() => packPaddedSequence(ones([4, 2]), ones([2])), { kind: "RuntimeError", message: float });
    for (const wrong of [null, undefined, 3, "21", new Set([1]), Float32Array.of(2, 1)]) {
      expect(raised(() => packPaddedSequence(ones([4, 2]), wrong as never)).kind).toBe("TypeError");
    }
    expect(raised(() => unpadSequence(ones([4, 2]), [2, -1])).kind).toBe("RuntimeError");
  });

  it("parts that contradict each other", () => {
    const data = ones([3]);
    const wrong: [string, () => unknown][] = [
      ["never increase", () => new PackedSequence(data, [1, 2])],
      ["never increase", () => new PackedSequence(data, [4, -1])],
      ["data of 4 rows", () => new PackedSequence(data, [3, 1])],
      ["data of 2 rows", () => new PackedSequence(data, [1, 1])],
      ["data of 1 rows", () => new PackedSequence(tensor(1), [1])],
      ["index 0 is out of bounds for dimension 0 with size 0", () => new PackedSequence(data, [])],
      ["2 indices", () => new PackedSequence(data, [2, 1], ints(0, 1, 2))],
      ["2 indices", () => new PackedSequence(data, [2, 1], null, ints(0))],
      ["index 2 is out of bounds", () => new PackedSequence(data, [2, 1], ints(0, 2))],
      ["each index once", () => new PackedSequence(data, [2, 1], ints(0, 0))],
      ["inverse", () => new PackedSequence(data, [2, 1], ints(0, 1), ints(1, 0))],
      ["vector of int32", () => new PackedSequence(data, [2, 1], ones([2]))],
      ["must be Tensor", () => new PackedSequence(data, [2, 1], [1, 0] as never)],
      ["data as a Tensor", () => new PackedSequence([1, 2] as never, [2])],
    ];
    for (const [words, call] of wrong) expect(raised(call).message).toContain(words);
  });

  it("permutations that are none", () => {
    for (const wrong of [ints(1, 1), ints(-1, 0), ones([2]), ints(0).reshape([1, 1])]) {
      expect(raised(() => invertPermutation(wrong)).kind).toBe("RuntimeError");
    }
  });

  it("members and trailing sizes that do not stack", () => {
    refusesSomehow(() => padSequence([ones([2, 3]), ones([3, 2])]));
    refusesSomehow(() => padSequence([ones([2]), tensor(1)]));
    refusesSomehow(() => padSequence(ones([3])));
    refusesSomehow(() => padSequence(tensor(1)));
    refusesSomehow(() => packSequence(ones([3])));
    refusesSomehow(() => unpadSequence(ones([3]), [3]));
    for (const value of ["1", "x", null, {}]) {
      refusesSomehow(() => padSequence([ones([1]), ones([2])], { paddingValue: value as never }));
      refusesSomehow(() => padPackedSequence(packSequence([ones([2])]), { paddingValue: value as never }));
    }
    for (const totalLength of [2.5, Number.NaN, "3"]) {
      const call = () => padPackedSequence(packSequence([ones([2])]), { totalLength: totalLength as never });
      expect(raised(call).kind).toBe("ValueError");
    }
  });

  it("nonsense", () => {
    const packed = packSequence([ones([2])]);
    for (const wrong of nonsense) {
      refusesSomehow(() => packPaddedSequence(wrong, [1]));
      refusesSomehow(() => packPaddedSequence(ones([1, 1]), Array.isArray(wrong) ? 1 : wrong));
      refusesSomehow(() => padPackedSequence(wrong));
      refusesSomehow(() => unpackSequence(wrong));
      refusesSomehow(() => padSequence(wrong));
      refusesSomehow(() => packSequence(wrong));
      refusesSomehow(() => unpadSequence(wrong, [1]));
      refusesSomehow(() => splitDirections(wrong));
      refusesSomehow(() => packed.with(wrong));
      refusesSomehow(() => packed.to(wrong));
      if (wrong !== null) refusesSomehow(() => invertPermutation(wrong));
    }
    for (const call of [
      () => packPaddedSequence(ones([1, 1]), [1], { batch_first: true } as never),
      () => padPackedSequence(packed, { padding: 1 } as never),
      () => padSequence([ones([2])], { side: "left" } as never),
      () => packSequence([ones([2])], { batchFirst: true } as never),
      () => unpadSequence(ones([1, 1]), [1], { total: 1 } as never),
      () => splitDirections(ones([1, 1, 2]), { length: [1] } as never),
    ]) {
      expect(raised(call).message).toMatch(/\(\) got an unexpected keyword argument '\w+'(\. Did you mean '\w+'\?)?$/);
    }
  });
});

describe("splitDirections", () => {
  const [T, N, H] = [4, 3, 2];
  for (const batchFirst of [false, true]) {
    for (const how of ["dense", "lengths", "empty", "packed"] as const) {
      it(`${how}${batchFirst ? ", batchFirst" : ""}: last is the final state`, () => {
        manualSeed(1);
        const layer = new nn.LSTM(3, H, { bidirectional: true, batchFirst, dtype: "float64" });
        const x = randn(batchFirst ? [N, T, 3] : [T, N, 3], { dtype: "float64" });
        const lengths = { dense: null, lengths: [2, 4, 1], empty: [2, 0, 4], packed: [3, 4, 1] }[how];
        const input = how === "packed" ? packPaddedSequence(x, lengths ?? [], { batchFirst, enforceSorted: false }) : x;
        const [output, [h]] =
          input instanceof PackedSequence ? layer.forwardPacked(input) : layer.forward(input, null, { lengths });
        const split = splitDirections(output, { batchFirst, lengths: how === "packed" ? null : lengths });
        expectClose(split.last.forward, h.at(0), exact);
        expectClose(split.last.reverse, h.at(1), exact);
        const padded = output instanceof PackedSequence ? padPackedSequence(output, { batchFirst })[0] : output;
        expectClose(split.forward, padded.narrow(2, 0, H), exact);
        expectClose(split.reverse, padded.narrow(2, H, H), exact);
        if (how === "empty") expect(Array.from(split.last.reverse.at(1).toArray())).toEqual([0, 0]);
      });
    }
  }

  it("unbatched", () => {
    const x = tensor([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    for (const batchFirst of [false, true]) {
      const split = splitDirections(x, { batchFirst });
      expect(split.forward.toNested()).toEqual([
        [1, 2],
        [5, 6],
      ]);
      expect(split.last.forward.toNested()).toEqual([5, 6]);
      expect(split.last.reverse.toNested()).toEqual([3, 4]);
    }
    expect(splitDirections(x, { lengths: [1] }).last.forward.toNested()).toEqual([1, 2]);
  });

  it("carries gradients", () => {
    const parts = (x: Tensor) => {
      const { forward, reverse, last } = splitDirections(x, { lengths: [2, 0, 3] });
      return [forward, reverse, last.forward, last.reverse];
    };
    gradcheck(parts, [source(2)([3, 3, 4])]);
  });

  it("refuses what has no two halves, and lengths that do not fit", () => {
    for (const wrong of [ones([2, 3]), ones([2]), ones([1, 2, 3, 4])]) {
      refuses(() => splitDirections(wrong), {
        kind: "ValueError",
        message: `split_directions() expected a 2D or 3D output of 2·hidden_size features, got: [${wrong.shape.join(", ")}]`,
      });
    }
    const x = ones([3, 2, 4]);
    expect(raised(() => splitDirections(x, { lengths: [1] })).message).toContain("batch_size=2");
    expect(raised(() => splitDirections(x, { lengths: [1, 4] })).message).toContain("at most the number of steps 3");
    expect(raised(() => splitDirections(x, { lengths: [1, -1] })).message).toContain("lengths from 0 to 3, got -1");
    const packed = packSequence([ones([2, 4])]);
    expect(raised(() => splitDirections(packed, { lengths: [2] })).message).toContain("no lengths beside");
  });
});
