import { expect, it } from "vitest";
import { ElmanError } from "../../src/base/errors.js";

/** One test a call: it must throw an ElmanError whose sentence contains the text. */
export function refuses(cases: readonly [call: () => unknown, text: string][]): void {
  it.each(cases.map(([call, text]) => ({ call, text })))("$text", ({ call, text }) => {
    let thrown: unknown = null;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ElmanError);
    expect((thrown as ElmanError).message).toContain(text);
  });
}
