/**
 * Sums of products in Einstein's notation, two operands at a time, from the left: what both have and nothing else needs
 * is contracted in a matrix product. Source: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
 */

import { fail, typeName } from "../base/errors.js";
import { arange } from "./create.js";
import { Tensor } from "./tensor.js";

/** A tensor with a name for each dimension. */
interface Named {
  readonly x: Tensor;
  readonly names: readonly string[];
}

/** What stands for dimension k, from the back, of an ellipsis. */
const hidden = (k: number): string => `…${k}`;
const count = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The names of subscripts: letters, and `...` as one item; `where` is null for the output. */
function subscripts(text: string, from: number, where: string | null): string[] {
  const names: string[] = [];
  const dot = (operand: string, output: string): never =>
    fail("RuntimeError", `einsum(): found '.' for ${where === null ? output : `${where} ${operand}`}`);
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === " ") continue;
    if (letter === ".") {
      if (names.includes("...")) {
        dot("for which an ellipsis was already found", "output but an ellipsis (...) was already found");
      }
      if (text.slice(i, i + 3) !== "...") {
        dot("that is not part of any ellipsis", "output that is not part of any ellipsis (...)");
      }
      names.push("...");
      i += 2;
    } else if (/[a-zA-Z]/.test(letter)) names.push(letter);
    else {
      fail(
        "RuntimeError",
        `einsum(): invalid subscript given at index ${from + i} in the equation string, subscripts must be in [a-zA-Z]`,
      );
    }
  }
  return names;
}

/** With a name for each dimension, the hidden ones included. */
function named(x: Tensor, names: readonly string[], number: number): Named {
  const at = names.indexOf("...");
  const letters = names.length - (at === -1 ? 0 : 1);
  const spare = x.ndim - letters;
  if (at === -1 ? spare !== 0 : spare < 0) {
    const [what, given] = at === -1 ? ["does not match", " and no ellipsis was given"] : ["is more than", ""];
    fail(
      "RuntimeError",
      `einsum(): the number of subscripts in the equation (${letters}) ${what} the number of dimensions (${x.ndim}) for operand ${number}${given}`,
    );
  }
  const middle = Array.from({ length: spare }, (_, i) => hidden(spare - 1 - i));
  return { x, names: at === -1 ? names : names.toSpliced(at, 1, ...middle) };
}

/** Where a name stands twice, the diagonal. */
function undoubled({ x, names }: Named, number: number): Named {
  const again = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (again === -1) return { x, names };
  const first = names.indexOf(names[again]);
  const [n, m] = [x.size(first), x.size(again)];
  if (n !== m) {
    fail(
      "RuntimeError",
      `einsum(): subscript ${names[again]} is repeated for operand ${number} but the sizes don't match, ${m} != ${n}`,
    );
  }
  const others = [...names.keys()].filter((i) => i !== first && i !== again);
  const square = x.permute([first, again, ...others]).reshape([n * n, ...others.map((i) => x.size(i))]);
  const diagonal = square.indexSelect(0, arange(n).mul(n + 1));
  return undoubled({ x: diagonal, names: [names[first], ...others.map((i) => names[i])] }, number);
}

/** Without the dimensions of which nobody needs the names. */
function summed({ x, names }: Named, needs: (name: string) => boolean): Named {
  const dims = [...names.keys()].filter((i) => !needs(names[i]));
  return dims.length === 0 ? { x, names } : { x: x.sum(dims), names: names.filter(needs) };
}

/** The dimensions of these names, in their order, those that are missing of size 1. */
function ordered({ x, names }: Named, order: readonly string[]): Tensor {
  const there = order.filter((name) => names.includes(name));
  const moved = x.permute(there.map((name) => names.indexOf(name)));
  return moved.reshape(order.map((name) => (names.includes(name) ? x.size(names.indexOf(name)) : 1)));
}

/** Two operands as one, with the dimensions whose names are needed. */
function product(a: Named, b: Named, sizes: ReadonlyMap<string, number>, needs: (name: string) => boolean): Named {
  const only = (one: Named, other: Named) => summed(one, (name) => needs(name) || other.names.includes(name));
  const [left, right] = [only(a, b), only(b, a)];
  const both = left.names.filter((name) => right.names.includes(name));
  const [batch, inner] = [both.filter(needs), both.filter((name) => !needs(name))];
  const rows = left.names.filter((name) => !both.includes(name));
  const columns = right.names.filter((name) => !both.includes(name));
  const names = [...batch, ...rows, ...columns];
  if (inner.length === 0) return { x: ordered(left, names).mul(ordered(right, names)), names };
  const lengths = (list: readonly string[]) => list.map((name) => sizes.get(name) as number);
  const matrices = (one: Named, first: readonly string[], second: readonly string[]) =>
    ordered(one, [...batch, ...first, ...second])
      .expand([...lengths(batch), ...lengths(first), ...lengths(second)])
      .reshape([count(lengths(batch)), count(lengths(first)), count(lengths(second))]);
  const x = matrices(left, rows, inner).bmm(matrices(right, inner, columns));
  return { x: x.reshape(lengths(names)), names };
}

/**
 * The sum of products that an equation such as `"bij,bjk->bik"` names: each letter a dimension, `...` any number of them,
 * stretched over each other. Without `->` the letters that come once remain, in the order of the alphabet.
 * @throws RuntimeError for an equation that does not fit the operands, in PyTorch's words
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  if (typeof equation !== "string") {
    fail("TypeError", `einsum(): argument 'equation' (position 1) must be str, not ${typeName(equation)}`);
  }
  operands.forEach((x, i) => {
    if (!(x instanceof Tensor))
      fail("TypeError", `expected Tensor as element ${i} in argument 1, but got ${typeName(x)}`);
  });
  if (operands.length === 0) {
    fail(
      "ValueError",
      "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list",
    );
  }
  const arrow = equation.indexOf("->");
  const inputs = (arrow === -1 ? equation : equation.slice(0, arrow)).split(",");
  if (inputs.length !== operands.length) {
    const which = inputs.length > operands.length ? "fewer" : "more";
    fail("RuntimeError", `einsum(): ${which} operands were provided than specified in the equation`);
  }
  let from = 0;
  const terms = inputs.map((text, i) => {
    const names = subscripts(text, from, `operand ${i}`);
    from += text.length + 1;
    return undoubled(named(operands[i], names, i), i);
  });
  const sizes = new Map<string, number>();
  terms.forEach(({ x, names }, i) => {
    names.forEach((name, d) => {
      const [size, seen] = [x.size(d), sizes.get(name) ?? 1];
      if (size !== 1 && seen !== 1 && size !== seen) {
        fail(
          "RuntimeError",
          `einsum(): subscript ${name} has size ${size} for operand ${i} which does not broadcast with previously seen size ${seen}`,
        );
      }
      if (size !== 1 || !sizes.has(name)) sizes.set(name, size);
    });
  });
  const output = outputNames(arrow === -1 ? null : equation.slice(arrow + 2), arrow + 2, inputs, sizes);
  const last = terms.reduce((left, right, i) => {
    const later = new Set([...output, ...terms.slice(i + 1).flatMap(({ names }) => names)]);
    return product(left, right, sizes, (name) => later.has(name));
  });
  return ordered(
    summed(last, (name) => output.includes(name)),
    output,
  );
}

/** The names of the result's dimensions. */
function outputNames(
  text: string | null,
  from: number,
  inputs: readonly string[],
  sizes: ReadonlyMap<string, number>,
): string[] {
  const spare = [...sizes.keys()]
    .filter((name) => name.startsWith("…"))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  if (text === null) {
    const letters = [...inputs.join("").replace(/[^a-zA-Z]/g, "")];
    const once = letters.filter((name) => letters.indexOf(name) === letters.lastIndexOf(name));
    return [...spare, ...once.sort()];
  }
  const names = subscripts(text, from, null);
  names.forEach((name, i) => {
    if (name === "...") return;
    if (names.indexOf(name) !== i) {
      fail("RuntimeError", `einsum(): output subscript ${name} appears more than once in the output`);
    }
    if (!sizes.has(name)) {
      fail("RuntimeError", `einsum(): output subscript ${name} does not appear in the equation for any input operand`);
    }
  });
  return names.flatMap((name) => (name === "..." ? spare : [name]));
}
