/** The normal distribution as a sum of few terms, since JavaScript has no error function. */

/**
 * log(erfc(z)·e^(z²) / t), t = 2 / (2 + z), z ≥ 0, in Chebyshev polynomials of 2t − 1: an interpolation at 60 of their
 * zeros in 60 digits, without the terms below the last bit of a double.
 */
const erfcTerms = [
  ...[-1.3026537197817094, 0.6419697923564902, 0.019476473204185836, -0.009561514786808632],
  ...[-0.0009465953444820369, 0.00036683949785276145, 4.252332480690777e-5, -2.0278578112534242e-5],
  ...[-1.6242900046470256e-6, 1.3036558355805232e-6, 1.5626441722066142e-8, -8.523809591492654e-8],
  ...[6.5290544390988515e-9, 5.059343495551469e-9, -9.91364156493033e-10, -2.273651222931836e-10],
  ...[9.646791102015527e-11, 2.3940380830391146e-12, -6.886027526497553e-12, 8.944879273090725e-13],
  ...[3.130921399342958e-13, -1.1270822361367252e-13, 3.810905255189232e-16, 7.106097613609237e-15],
  ...[-1.5230282014571043e-15, -9.457494571291233e-17, 1.210237189224279e-16, -2.816663087747177e-17],
];

/** The normal distribution up to x: (1 + erf(x/√2)) / 2, by Clenshaw's sum. */
export function cumulated(x: number): number {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 2 / (2 + z);
  let first = 0;
  let second = 0;
  for (let j = erfcTerms.length - 1; j > 0; j--) {
    const next = (4 * t - 2) * first - second + erfcTerms[j];
    second = first;
    first = next;
  }
  const tail = (t * Math.exp(-z * z + erfcTerms[0] / 2 + (2 * t - 1) * first - second)) / 2;
  return x > 0 ? 1 - tail : tail;
}
