/** Tensors as PyTorch prints them: four digits, columns aligned, the middle of large ones left out. */

import { fail } from "../base/errors.js";
import { type Shape, selectView } from "../base/shape.js";
import { elements, isFloat, torchName, type Value } from "../device/value.js";
import { rowMajor } from "./kernels.js";

const digits = 4;
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;
/** About as many dimensions as Python's recursion prints. */
const deepest = 800;

/** `tensor([[1., 2.], [3., 4.]], requires_grad=True)` */
export function print(value: Value, gradFn: string | null, requiresGrad: boolean): string {
  if (value.shape.length > deepest) fail("RuntimeError", "maximum recursion depth exceeded");
  const summarize = value.numel > threshold;
  const shown = gather(value, summarize);
  const format = formatter(value, shown);
  const suffix = [
    ...(value.numel === 0 && value.shape.length !== 1 ? [`size=(${value.shape.join(", ")})`] : []),
    ...(value.dtype === "float64" || value.dtype === "int32" || (value.numel === 0 && value.dtype === "bool")
      ? [`dtype=${torchName(value.dtype)}`]
      : []),
    ...(gradFn !== null ? [`grad_fn=<${gradFn}>`] : requiresGrad ? ["requires_grad=True"] : []),
  ];
  const body = value.numel === 0 ? "[]" : nested(value, format, summarize, "tensor(".length);
  return `tensor(${[body, ...suffix].join(", ")})`;
}

/** The elements that will be shown: they decide the format. */
function gather(value: Value, summarize: boolean): number[] {
  if (!summarize || value.shape.length === 0) return [...elements(rowMajor(value))];
  return shownRows(value, true).flatMap((i) => gather(value.at(selectView(value, 0, i)), true));
}

/** Whether the middle of a dimension is left out. */
const isCut = ([size]: Shape, summarize: boolean): boolean => summarize && size > 2 * edgeItems;

/** The places of the first dimension that are shown. */
function shownRows({ shape }: Value, summarize: boolean): number[] {
  if (!isCut(shape, summarize)) return [...Array(shape[0]).keys()];
  return Array.from({ length: 2 * edgeItems }, (_, i) => (i < edgeItems ? i : shape[0] - 2 * edgeItems + i));
}

interface Formatter {
  readonly width: number;
  text(x: number): string;
}

/** All texts as wide as the widest; of floats, only finite ones other than 0 have a say in that, as in PyTorch. */
function formatter(value: Value, shown: readonly number[]): Formatter {
  const text = plain(value, shown);
  const counts = (x: number) => !isFloat(value.dtype) || (Number.isFinite(x) && x !== 0);
  const width = shown.filter(counts).reduce((most, x) => Math.max(most, text(x).length), 1);
  return { width, text: (x) => text(x).padStart(width) };
}

function plain(value: Value, shown: readonly number[]): (x: number) => string {
  if (value.dtype === "bool") return (x) => (x !== 0 ? "True" : "False");
  if (!isFloat(value.dtype)) return String;
  const special = (x: number) => (Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");
  const sizes = shown.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  if (sizes.length === 0) return (x) => (Number.isFinite(x) ? `${signed(x, 0)}.` : special(x));
  const least = sizes.reduce((a, b) => Math.min(a, b));
  const most = sizes.reduce((a, b) => Math.max(a, b));
  const whole = sizes.every(Number.isInteger);
  const scientific = most / least > 1000 || most > 1e8 || (!whole && least < 1e-4);
  return (x) => {
    if (!Number.isFinite(x)) return special(x);
    if (scientific) return exponent(x);
    return whole ? `${signed(x, 0)}.` : signed(x, digits);
  };
}

const signed = (x: number, places: number): string => {
  const text = rounded(x.toFixed(places), x.toFixed(places + spare));
  return Object.is(x, -0) ? `-${text}` : text;
};

/** `1.5000e-03`: Python's two digits of exponent. */
function exponent(x: number): string {
  const [mantissa, power] = x.toExponential(digits).split("e");
  const [exact] = x.toExponential(digits + spare).split("e");
  const text = `${rounded(mantissa, exact)}e${power}`.replace(/e([+-])(\d)$/, "e$10$2");
  return Object.is(x, -0) ? `-${text}` : text;
}

/** More digits than any tie between two roundings has: a tie is 5 and zeros. */
const spare = 60;

/** JavaScript rounds a tie up, Python to the even digit. */
function rounded(up: string, exact: string): string {
  const down = exact.slice(0, -spare);
  const odd = /[13579]$/.test(up);
  return odd && /^50*$/.test(exact.slice(-spare)) ? down : up;
}

function nested(value: Value, format: Formatter, summarize: boolean, indent: number): string {
  if (value.shape.length === 0) return format.text(elements(rowMajor(value))[0]);
  const { shape } = value;
  const last = shape.length === 1;
  const items = shownRows(value, summarize).map((i) =>
    nested(value.at(selectView(value, 0, i)), format, summarize, indent + 1),
  );
  if (isCut(shape, summarize)) items.splice(edgeItems, 0, last ? " ..." : "...");
  const margin = " ".repeat(indent + 1);
  if (!last) return `[${items.join(`,${"\n".repeat(shape.length - 1)}${margin}`)}]`;
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / (format.width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${margin}`)}]`;
}
