/** What counts as a line of code, and where it is counted. */

import { expect, it } from "vitest";
import { countedByRoom, linesOfCode } from "../../scripts/lines.js";

it("counts neither blank lines nor comments", () => {
  expect(linesOfCode("/** What it is. */\n\n/*\n * More.\n */\nconst a = 1; // here\n  // there\n  a * 2;\n")).toBe(2);
});

it("counts rooms of src apart, kernels beside them, and other folders whole", () => {
  const files: Record<string, string> = {
    "src/index.ts": "a\n",
    "src/base/shape.ts": "a\nb\n",
    "src/base/errors.ts": "// no\nc\n",
    "src/device/wasm/kernels/gemm.ts": "a\nb\nc\nd\n",
    "src/device/wasm/kernels/ops/softmax.ts": "a\nb\n",
    "src/device/wasm/kernels/tsconfig.json": "{}\n",
    "src/device/wasm/memory.ts": "a\n",
    "test/base/shape.test.ts": "a\n",
    "test/hunt/run.ts": "a\nb\n",
    "bench/elman.mjs": "a\n",
    "README.md": "text\n",
    "vitest.config.ts": "a\n",
  };
  expect(Object.fromEntries(countedByRoom(Object.keys(files), (name) => files[name]))).toEqual({
    src: 5,
    "src/index.ts": 1,
    "src/base": 3,
    "src/device/wasm/kernels (kernels)": 4,
    "src/device/wasm/kernels/ops (kernels)": 2,
    "src/device/wasm": 1,
    test: 3,
    bench: 1,
  });
});
