/**
 * Modules built without their first weights being drawn, for those who bring others: drawing takes time, and moves the
 * generator that everything else draws from. What else a constructor does, it does.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.skip_init.html
 */

import { fail, shown } from "../base/errors.js";
import { Module } from "./module.js";

let skipping = false;

/** @internal Whether what draws in nn.init has to leave its tensor as it is. */
export const isSkipping = (): boolean => skipping;

/**
 * A module, and the modules that it builds, without what nn.init draws for them: `skipInit(nn.Linear, 5, 1)` is
 * `new nn.Linear(5, 1)` whose parameters hold what memory held, and the generator stands where it stood.
 * @param kind a class of modules
 * @param given the arguments of its constructor
 * @throws RuntimeError for what is no class of modules, and whatever the constructor throws
 */
export function skipInit<Kind extends new (...given: never[]) => Module>(
  kind: Kind,
  ...given: ConstructorParameters<Kind>
): InstanceType<Kind> {
  if (typeof kind !== "function" || !(kind.prototype instanceof Module)) {
    fail("RuntimeError", `Expected a Module; got ${shown(typeof kind === "function" ? kind.name : kind)}`);
  }
  const before = skipping;
  skipping = true;
  try {
    return new kind(...(given as never[])) as InstanceType<Kind>;
  } finally {
    skipping = before;
  }
}
