/** What the text of a class says of its private members. */

import { expect, it } from "vitest";
import { privateMembers } from "../../src/nn/private.js";

class Base {
  #a = 1;
  #b() {
    return this.#a;
  }
  get sum() {
    return this.#a + this.#b();
  }
}
class Derived extends Base {
  async #later() {}
  get #own() {
    return "#text";
  }
  all() {
    return [this.#later(), this.#own];
  }
}
class Shared {
  static #count = 0;
  static #next() {
    return ++Shared.#count;
  }
  color = "#fff";
  // #comment
  other = `a #template ${Shared.#next()}`;
}

it("finds those of a class and of its ancestors, methods included", () => {
  expect(privateMembers(Base)).toEqual(["#a", "#b"]);
  expect(privateMembers(Derived)).toEqual(["#a", "#b", "#later", "#own"]);
});

it("finds none in texts, comments and static members, nor in what is no class", () => {
  for (const kind of [Shared, class {}, Object, Map, undefined, null, 5, () => "#x"]) {
    expect(privateMembers(kind)).toEqual([]);
  }
});
