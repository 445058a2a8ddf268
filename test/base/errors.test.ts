import { afterEach, describe, expect, it } from "vitest";
import {
  checkOptions,
  ElmanError,
  fail,
  setWarningHandler,
  shown,
  typed,
  typeName,
  warn,
} from "../../src/base/errors.js";

it("an ElmanError is an Error that names PyTorch's class", () => {
  const error = new ElmanError("IndexError", "too far");
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.kind, error.message, String(error)]).toEqual([
    "ElmanError",
    "IndexError",
    "too far",
    "ElmanError: too far",
  ]);
  expect(() => fail("ValueError", "no")).toThrow(new ElmanError("ValueError", "no"));
});

it("typeName is JavaScript's name of a type", () => {
  class Own {}
  const values = [null, undefined, 1, 1n, "a", true, [], {}, new Own(), new Float32Array(1), Object.create(null), fail];
  expect(values.map(typeName)).toEqual([
    "null",
    "undefined",
    "number",
    "bigint",
    "string",
    "boolean",
    "Array",
    "Object",
    "Own",
    "Float32Array",
    "object",
    "function",
  ]);
});

it("shown is a plain value as it is, and the type of anything else", () => {
  const values = [1.5, "a", true, 2n, undefined, null, Symbol("s"), {}, [1], Object.create(null), fail];
  const texts = ["1.5", "a", "true", "2", "undefined", "null", "Symbol(s)", "Object", "Array", "object", "function"];
  expect(values.map(shown)).toEqual(texts);
});

it("checkOptions refuses what it does not know and what is no object", () => {
  const check = (given: unknown) => () => checkOptions("f()", given as object, ["a", "b"]);
  expect(check(undefined)).not.toThrow();
  expect(check({ a: 1, b: undefined })).not.toThrow();
  expect(check({ a: 1, c: 2 })).toThrow(new ElmanError("TypeError", "f() got an unexpected keyword argument 'c'"));
  expect(check(null)).toThrow("f() expected its options as an object, got: null");
  expect(check(3)).toThrow("f() expected its options as an object such as { a: 3 }, got: number");
});

it("typed refuses what Python would refuse by its type", () => {
  expect(() => typed("bias", true, "bool")).not.toThrow();
  expect(() => typed("size", -3, "int")).not.toThrow();
  expect(() => typed("p", Number.NaN, "float")).not.toThrow();
  const wrong: [unknown, "int" | "float" | "bool", string][] = [
    ["0.5", "float", "string"],
    [true, "float", "boolean"],
    ["true", "bool", "string"],
    [1, "bool", "number"],
    [0.5, "int", "number"],
    [null, "int", "null"],
  ];
  for (const [value, type, came] of wrong) {
    const error = new ElmanError("TypeError", `a should be of type ${type}, got: ${came}`);
    expect(() => typed("a", value, type)).toThrow(error);
  }
});

describe("warnings", () => {
  const before = setWarningHandler(() => {});
  afterEach(() => {
    setWarningHandler(before);
  });

  it("reach the handler once a text", () => {
    const seen: string[] = [];
    setWarningHandler((text) => seen.push(text));
    warn("one");
    warn("two");
    warn("one");
    expect(seen).toEqual(["elman: one", "elman: two"]);
  });

  it("go to a function only", () => {
    for (const wrong of [undefined, null, "log", {}]) {
      expect(() => setWarningHandler(wrong as never)).toThrow("setWarningHandler() expected a function, got: ");
    }
  });

  it("are printed again after the handler is replaced, which gives the one before", () => {
    const first: string[] = [];
    const second: string[] = [];
    const push = (text: string) => first.push(text);
    setWarningHandler(push);
    warn("again");
    expect(setWarningHandler((text) => second.push(text))).toBe(push);
    warn("again");
    expect([first, second]).toEqual([["elman: again"], ["elman: again"]]);
  });
});

it("says how an option is spelt, and how it is written", () => {
  const known = ["numLayers", "batchFirst"];
  const told = (given: unknown) => {
    try {
      checkOptions("LSTM()", given as object, known);
    } catch (error) {
      return (error as Error).message;
    }
    return null;
  };
  expect(told({ num_layers: 2 })).toBe(
    "LSTM() got an unexpected keyword argument 'num_layers'. Did you mean 'numLayers'?",
  );
  expect(told({ BatchFirst: true })).toBe(
    "LSTM() got an unexpected keyword argument 'BatchFirst'. Did you mean 'batchFirst'?",
  );
  expect(told({ layers: 2 })).toBe("LSTM() got an unexpected keyword argument 'layers'");
  expect(told(2)).toBe("LSTM() expected its options as an object such as { numLayers: 2 }, got: number");
  expect(told(null)).toBe("LSTM() expected its options as an object, got: null");
  expect([told({ numLayers: 2 }), told(undefined)]).toEqual([null, null]);
});
