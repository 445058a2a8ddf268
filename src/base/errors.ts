/**
 * The one error class and the one warning handler.
 *
 * An error is one sentence: where, what was expected, what came. Where PyTorch has a wording, it is used verbatim,
 * because people search for it. Refused here: error codes, subclasses, stacks of causes.
 */

/** The Python exception that PyTorch raises in the same place. */
export type ErrorKind =
  | "ValueError"
  | "RuntimeError"
  | "TypeError"
  | "IndexError"
  | "KeyError"
  | "AssertionError"
  | "NotImplementedError";

/** Every error this library throws on purpose. `kind` is the class of exception PyTorch would raise. */
export class ElmanError extends Error {
  override readonly name = "ElmanError";
  /**
   * @param kind the class that PyTorch raises
   * @param message one sentence: where, what was expected, what came
   */
  constructor(
    /** The class of exception PyTorch would raise. */
    readonly kind: ErrorKind,
    message: string,
  ) {
    super(message);
  }
}

/** Throws an {@link ElmanError}. */
export function fail(kind: ErrorKind, message: string): never {
  throw new ElmanError(kind, message);
}

/** Stands in the classes that `instanceof` asks for: what has another's was made by another copy of this package. */
export const copyMark = Symbol("elman-nn");

/** Whether a value is a tensor or a module of another copy of this package. */
export function isForeign(value: object | null | undefined): boolean {
  const mark = (value?.constructor as { copyMark?: symbol } | undefined)?.copyMark;
  return mark !== copyMark && mark?.description === copyMark.description;
}

/** JavaScript's name for the type of a value, as error messages show it. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (isForeign(value)) return `${value?.constructor.name} of another copy of elman-nn`;
  if (typeof value === "object") return value.constructor?.name ?? "object";
  return typeof value;
}

/** A value as error messages show it: a plain one as it is, of anything else the type. */
export function shown(value: unknown): string {
  const plain =
    ["number", "string", "boolean", "bigint", "symbol", "undefined"].includes(typeof value) || value === null;
  return plain ? String(value) : typeName(value);
}

/** Throws a TypeError: `expected` says where and what was expected; what came is added to it. */
export function mistyped(expected: string, came: unknown): never {
  fail("TypeError", `${expected}, got: ${typeName(came)}`);
}

/** Whether a value can be walked through. */
export function isIterable<T>(value: unknown): value is Iterable<T> {
  return typeof (value as Partial<Iterable<T>> | null | undefined)?.[Symbol.iterator] === "function";
}

/** Throws a TypeError unless `value` is of the kind that Python would check by its type. */
export function typed(name: string, value: unknown, type: "int" | "float" | "bool"): void {
  const kind = type === "bool" ? "boolean" : "number";
  const fits = type === "int" ? Number.isInteger(value) : typeof value === kind;
  if (!fits) fail("TypeError", `${name} should be of type ${type}, got: ${typeName(value)}`);
}

/** A name without what spellings differ in: `num_layers` is `numLayers`. */
const bare = (name: string): string => name.replaceAll("_", "").toLowerCase();

/**
 * Throws a TypeError if `given` has a key that is not among `known`, the first of which is PyTorch's first: an option that
 * is not supported never passes. Says how it is spelt, or written, here.
 */
export function checkOptions(where: string, given: object | undefined, known: readonly string[]): void {
  if (given !== undefined && (typeof given !== "object" || given === null)) {
    const plain = typeof given === "number" || typeof given === "boolean";
    const like = plain && known.length > 0 ? ` such as { ${known[0]}: ${shown(given)} }` : "";
    fail("TypeError", `${where} expected its options as an object${like}, got: ${typeName(given)}`);
  }
  for (const key of Object.keys(given ?? {})) {
    if (known.includes(key)) continue;
    const meant = known.find((name) => bare(name) === bare(key));
    const hint = meant === undefined ? "" : `. Did you mean '${meant}'?`;
    fail("TypeError", `${where} got an unexpected keyword argument '${key}'${hint}`);
  }
}

declare const console: { warn(text: string): void };
const printed = new Set<string>();
let handler: (text: string) => void = (text) => console.warn(text);

/** Hands `text` to the warning handler, once a text. */
export function warn(text: string): void {
  if (printed.has(text)) return;
  printed.add(text);
  handler(`elman: ${text}`);
}

/**
 * Replaces what happens to warnings (by default `console.warn`), forgets which were printed, returns the handler before.
 * @param next takes the text of each warning, once a text
 */
export function setWarningHandler(next: (text: string) => void): (text: string) => void {
  if (typeof next !== "function") fail("TypeError", `setWarningHandler() expected a function, got: ${typeName(next)}`);
  const before = handler;
  handler = next;
  printed.clear();
  return before;
}
