/**
 * Built-in classes by their names, so that what another realm made counts, too: a frame, Node's vm and with it Jest have
 * arrays and maps of their own, of which `instanceof` knows nothing.
 */

interface BuiltIns {
  ArrayBuffer: ArrayBuffer;
  SharedArrayBuffer: SharedArrayBuffer;
  Uint8Array: Uint8Array;
  Int32Array: Int32Array;
  Uint32Array: Uint32Array;
  Float32Array: Float32Array;
  Float64Array: Float64Array;
  BigInt64Array: BigInt64Array;
  BigUint64Array: BigUint64Array;
  Map: Map<unknown, unknown>;
  Set: Set<unknown>;
}

/** Whether a value is an object of a built-in class, or of one that extends it. */
export function isA<Kind extends keyof BuiltIns>(value: unknown, kind: Kind): value is BuiltIns[Kind] {
  return (value as Partial<Record<symbol, unknown>> | null | undefined)?.[Symbol.toStringTag] === kind;
}

/** Bytes in memory that no other thread shares, under the name that TypeScript has for them: before 5.7 arrays were not generic. */
export type OwnBytes = ReturnType<Uint8ArrayConstructor["of"]>;
