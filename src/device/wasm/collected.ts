/** Memory follows its owner: what the engine's garbage collector tells of objects that are gone, where it tells. */

/** A FinalizationRegistry, or what stands for one. It must be kept as long as it is to call back. */
export interface Collected<T> {
  /** When `owner` is collected, `held` is released, sometime later and never during a call. */
  register(owner: object, held: T, token?: object): void;
  unregister(token: object): void;
}

/** Where the engine cannot tell, nothing is ever released by itself. */
export function whenCollected<T>(release: (held: T) => void): Collected<T> {
  const { FinalizationRegistry: Registry } = globalThis as {
    FinalizationRegistry?: new (release: (held: T) => void) => Collected<T>;
  };
  return Registry ? new Registry(release) : { register() {}, unregister() {} };
}
