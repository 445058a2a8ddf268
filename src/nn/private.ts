/**
 * Private members of classes (`#rnn`): nothing outside a class can see them or copy them, so a module that keeps its
 * layers there would lose them in silence. A class says in its own text which it has.
 */

const known = new WeakMap<object, readonly string[]>();

/** What may hold a `#` that is no private member: comments and texts. */
const quoted = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`/g;
const declared = /(?<!\.|static\s+(?:async\s+|get\s+|set\s+)?)#([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;

/** The private members that objects of a class have, `#` included, those of its ancestors too; static ones not counted. */
export function privateMembers(kind: unknown): readonly string[] {
  if (typeof kind !== "function" || kind === Function.prototype) return [];
  const before = known.get(kind);
  if (before !== undefined) return before;
  const text = Function.prototype.toString.call(kind).replace(quoted, "");
  const own = [...text.matchAll(declared)].map(([name]) => name);
  const members = [...new Set([...privateMembers(Object.getPrototypeOf(kind)), ...own])];
  known.set(kind, members);
  return members;
}
