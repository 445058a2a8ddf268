/** Numbers of many magnitudes, for people and for axes. */

/** How far the numbers go from 0, without those that are not finite. */
export function furthest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most;
}

const raised = (n: number) =>
  [...String(n)].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)])).join("");

/** Ten to the n: 10⁻⁵. */
export const power = (n: number): string => `10${raised(n)}`;

/** Two digits: 0.062, and 2.5·10⁻¹⁶ where that is shorter. */
export function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const [digits, exponent] = value.toExponential(1).split("e");
  const n = Number(exponent);
  return n > 3 || n < -3 ? `${digits}·${power(n)}` : String(Number(value.toPrecision(2)));
}
