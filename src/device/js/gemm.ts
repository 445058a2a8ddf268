/**
 * out (+)= a·b, any strides: three loops, four columns at a time so that the engine keeps four sums in registers, in
 * double precision, rounded once.
 */

import type { Value } from "../value.js";

export function gemm(a: Value, b: Value, out: Value, accumulate: boolean): void {
  const batched = out.shape.length === 3;
  const [M, N] = batched ? out.shape.slice(1) : out.shape;
  const K = a.shape[a.shape.length - 1];
  const batches = batched ? out.shape[0] : 1;
  const stride = (x: Value) => (batched ? x.strides : [0, ...x.strides]);
  const [aBatch, aRow, aColumn] = stride(a);
  const [bBatch, bRow, bColumn] = stride(b);
  const [outBatch, outRow, outColumn] = stride(out);
  const x = a.storage.data;
  const y = b.storage.data;
  const z = out.storage.data;

  for (let batch = 0; batch < batches; batch++) {
    for (let m = 0; m < M; m++) {
      const xStart = a.offset + batch * aBatch + m * aRow;
      const zStart = out.offset + batch * outBatch + m * outRow;
      let n = 0;
      for (; n + 4 <= N; n += 4) {
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        let xAt = xStart;
        let yAt = b.offset + batch * bBatch + n * bColumn;
        for (let k = 0; k < K; k++, xAt += aColumn, yAt += bRow) {
          const left = x[xAt];
          s0 += left * y[yAt];
          s1 += left * y[yAt + bColumn];
          s2 += left * y[yAt + 2 * bColumn];
          s3 += left * y[yAt + 3 * bColumn];
        }
        const at = zStart + n * outColumn;
        z[at] = accumulate ? z[at] + s0 : s0;
        z[at + outColumn] = accumulate ? z[at + outColumn] + s1 : s1;
        z[at + 2 * outColumn] = accumulate ? z[at + 2 * outColumn] + s2 : s2;
        z[at + 3 * outColumn] = accumulate ? z[at + 3 * outColumn] + s3 : s3;
      }
      for (; n < N; n++) {
        let sum = 0;
        let xAt = xStart;
        let yAt = b.offset + batch * bBatch + n * bColumn;
        for (let k = 0; k < K; k++, xAt += aColumn, yAt += bRow) sum += x[xAt] * y[yAt];
        const at = zStart + n * outColumn;
        z[at] = accumulate ? z[at] + sum : sum;
      }
    }
  }
}
