/** PyTorch's own texts stand in torch.test.ts; here is what its recorded tensors do not show. */

import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { arange, ones, tensor, zeros } from "../../src/tensor/create.js";
import { print } from "../../src/tensor/print.js";

it("views print as what they show", () => {
  expect(String(arange(6).reshape([2, 3]).t())).toBe(
    "tensor([[0, 3],\n        [1, 4],\n        [2, 5]], dtype=torch.int32)",
  );
  expect(String(tensor([1, 2, 3, 4]).slice(0, 0, null, 2))).toBe("tensor([1., 3.])");
});

it("what was computed names its node", () => {
  const x = tensor([1, 2], null, { requiresGrad: true });
  expect(String(x.tanh().mul(0))).toBe("tensor([0., 0.], grad_fn=<MulBackward0>)");
  expect(String(x.sum())).toBe("tensor(3., grad_fn=<SumBackward0>)");
  expect(print(x.value, "OwnBackward0", true)).toBe("tensor([1., 2.], grad_fn=<OwnBackward0>)");
});

it("halves round to the even digit", () => {
  expect(String(tensor([0.03125, 0.09375, -0.15625]))).toBe("tensor([ 0.0312,  0.0938, -0.1562])");
  expect(String(tensor([1.03125, 2]))).toBe("tensor([1.0312, 2.0000])");
  expect(String(tensor([0.5, 123456.5], null, { dtype: "float64" }))).toBe(
    "tensor([5.0000e-01, 1.2346e+05], dtype=torch.float64)",
  );
});

it("more numbers than an engine takes arguments, in seven dimensions", () => {
  const text = String(ones(Array<number>(7).fill(6)));
  // hashlib.sha256(str(torch.ones([6] * 7)).encode())
  expect(text.length).toBe(1_838_239);
  expect(createHash("sha256").update(text).digest("hex")).toBe(
    "b1ee90a195abd6c6f1408fc5344bac530855a0b1dd841160f2600afbb6138992",
  );
});

it("as deep as Python prints, and no deeper", () => {
  expect(String(zeros(Array<number>(400).fill(1)))).toBe(`tensor(${"[".repeat(400)}0.${"]".repeat(400)})`);
  expect(() => String(zeros(Array<number>(20_000).fill(1)))).toThrow("maximum recursion depth exceeded");
});
