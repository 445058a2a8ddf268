/**
 * How many bytes of binary memory are asked of the engine: every ArrayBuffer and typed array made while somebody
 * counts, freed or not.
 *
 * Importing this puts counting constructors in the place of the engine's own, so it comes before whatever is to be
 * counted, packages that keep `Uint8Array` under another name included.
 */

/** Since `reset`: all bytes, and the most at once. */
export const taken = { total: 0, largest: 0 };

export function reset(): void {
  taken.total = 0;
  taken.largest = 0;
}

type Constructor = new (...args: never[]) => { readonly byteLength: number };

const counted = [
  "ArrayBuffer",
  "Uint8Array",
  "Int8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

const isBuffer = (value: unknown): boolean => value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;

for (const name of counted) {
  const original: Constructor = globalThis[name] as never;
  const counting: Constructor = new Proxy(original, {
    construct(target, args: unknown[], asked) {
      const made = Reflect.construct(target, args, asked === counting ? target : asked) as { byteLength: number };
      // Over a buffer that is there already, it is a view.
      if (!isBuffer(args[0])) {
        taken.total += made.byteLength;
        taken.largest = Math.max(taken.largest, made.byteLength);
      }
      return made;
    },
  });
  // `slice`, `map` and the like ask the constructor of what they are called on.
  Object.defineProperty(original.prototype, "constructor", { value: counting });
  Object.defineProperty(globalThis, name, { value: counting });
}
