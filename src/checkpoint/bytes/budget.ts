/** How much memory a file may cost, its tensors and all that names them: counted before it is taken. */

import { fail, shown } from "../../base/errors.js";
import { refuse } from "./text.js";

/** Besides four times the file's size, which is what bytes widened to int32 need. */
const free = 1 << 26;

export class Budget {
  private left: number;

  constructor(
    private readonly where: string,
    private readonly most: number,
  ) {
    this.left = most;
  }

  /** @throws RuntimeError where that is more than what is left */
  spend(bytes: number, what: string): void {
    this.left -= bytes;
    if (this.left < 0) {
      refuse(
        this.where,
        `${what} takes more than the ${this.most} bytes that the whole may take; in JavaScript { maxBytes } allows more`,
      );
    }
  }
}

/** The budget for a file of `size` bytes, unless the user names another. */
export function budgetFor(where: string, size: number, maxBytes: number | undefined): Budget {
  if (maxBytes !== undefined && !(typeof maxBytes === "number" && maxBytes >= 0)) {
    fail("TypeError", `${where} expected maxBytes as a number of bytes, got: ${shown(maxBytes)}`);
  }
  return new Budget(where, maxBytes ?? 4 * size + free);
}
