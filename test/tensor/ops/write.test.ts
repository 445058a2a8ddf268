import { describe, expect, it } from "vitest";
import { zeros } from "../../../src/tensor/create.js";
import { asStrided, copySlices } from "../../../src/tensor/ops/write.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(9);

describe("gradients of writes into parts", () => {
  it("a loop that reads what it wrote", () => {
    gradcheck(
      (x, h0) => {
        const out = zeros([2, 4, 3], { dtype: "float64" });
        let h: Tensor = h0;
        for (let t = 0; t < 4; t++) {
          h = x.select(1, t).add(h).tanh();
          out.select(1, t).copy_(h);
          h = out.select(1, t).clone().mul(0.5);
        }
        return out;
      },
      [draw([2, 4, 3]), draw([2, 3])],
    );
  });

  it("into a transposed and into a gappy tensor", () => {
    gradcheck(
      (x, y) => {
        const whole = x.mul(2);
        const turned = whole.t();
        turned.narrow(0, 1, 2).mul_(y);
        turned.slice(1, 0, null, 2).add_(1);
        return [whole.tanh(), turned.mul(x.t())];
      },
      [draw([3, 4]), draw([2, 3])],
    );
  });
});

describe("parts of a gradient", () => {
  const d = () => draw([2, 3]).value;
  const turned = { base: { shape: [2, 3], strides: [1, 2], offset: 4 }, part: { shape: [3], strides: [2], offset: 5 } };

  it("are taken out, and leave zeros", () => {
    const whole = d();
    const before = [...whole.storage.data];
    const part = copySlices.take(whole, [
      { base: { shape: [2, 3], strides: [3, 1], offset: 6 }, part: { shape: [2], strides: [3], offset: 7 } },
    ]);
    expect([...part.storage.data]).toEqual([before[1], before[4]]);
    expect([...whole.storage.data]).toEqual([before[0], 0, before[2], before[3], 0, before[5]]);
  });

  it("are where the tensor lies otherwise than its gradient, too", () => {
    const whole = d();
    const before = [...whole.storage.data];
    const part = copySlices.take(whole, [turned]);
    expect([...part.storage.data]).toEqual(before.slice(3));
    expect([...whole.storage.data]).toEqual([...before.slice(0, 3), 0, 0, 0]);
    asStrided.accumulate(whole, part, [turned]);
    expect([...whole.storage.data]).toEqual(before);
  });
});
