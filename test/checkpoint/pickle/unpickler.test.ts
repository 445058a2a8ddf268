import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../src/checkpoint/bytes/budget.js";
import { Callable, Unpickler } from "../../../src/checkpoint/pickle/unpickler.js";
import { OrderedDict } from "../../../src/checkpoint/pickle/values.js";
import { refusal } from "../archives.js";

const world = {
  global: (name: string) => new Callable(name, (args) => args.length),
  persistent: (id: unknown) => ({ id }),
};
const unpickler = (bytes: readonly number[] = [], maxBytes?: number) =>
  new Unpickler("file", Uint8Array.from(bytes), world, budgetFor("file", bytes.length, maxBytes));

/** Tuples in each other. */
const tuples = (depth: number): readonly unknown[] => Object.freeze(depth === 0 ? [] : [tuples(depth - 1)]);

/** A unpickler on whose stack these values stand. */
function holding(...values: readonly unknown[]): Unpickler {
  const m = unpickler();
  for (const value of values) m.push(value);
  return m;
}

describe("Unpickler", () => {
  it("pushes, marks and pops", () => {
    const m = holding(1);
    m.mark();
    m.push(2);
    m.push(3);
    expect(m.marked()).toEqual([2, 3]);
    m.push(4);
    expect(m.last(2)).toEqual([1, 4]);
  });

  it("makes tuples that nothing can be appended to", async () => {
    const m = holding();
    m.tuple([1]);
    expect(await refusal(() => m.append([2]))).toContain("appends to what is no list");
    expect(m.pop()).toEqual(Object.freeze([1]));
  });

  it("writes into maps alone, whatever the key", async () => {
    const m = holding();
    m.open(new Map());
    m.setItems(["__proto__", 1, "constructor", 2]);
    const map = m.pop();
    expect(map).toEqual(
      new Map([
        ["__proto__", 1],
        ["constructor", 2],
      ]),
    );
    expect(Object.getPrototypeOf(map)).toBe(Map.prototype);
    expect(await refusal(() => holding({}).setItems(["a", 1]))).toContain("sets items of what is no dict, but Object");
    expect(await refusal(() => holding(new Map()).setItems(["a"]))).toContain("a key without a value");
    expect(await refusal(() => holding(new Map()).setItems([[], 1]))).toContain("has Array for a key");
  });

  it("calls what may be called, and builds an OrderedDict alone", async () => {
    const m = holding(world.global("x"), [1, 2]);
    m.call();
    expect(m.pop()).toBe(2);
    expect(await refusal(() => holding("f", []).call())).toContain("calls what cannot be called: string");
    expect(await refusal(() => holding(world.global("x"), 1).call())).toContain("calls x with what is no tuple");
    const dict = new OrderedDict();
    holding(dict, new Map([["_metadata", 1]])).build();
    expect(dict.attributes).toEqual(new Map([["_metadata", 1]]));
    expect(await refusal(() => holding(new Map(), new Map()).build())).toContain("no attributes here: Map");
  });

  it("remembers under any number", async () => {
    const m = holding("a");
    m.remember(4_000_000_000);
    m.recall(4_000_000_000);
    expect(m.last(2)).toEqual(["a", "a"]);
    expect(await refusal(() => m.recall(1))).toContain("refers to memo 1, which was never set");
  });

  it("refuses an empty stack and an absent mark", async () => {
    expect(await refusal(() => unpickler().pop())).toContain("takes a value from an empty stack, at byte 0");
    expect(await refusal(() => unpickler().top())).toContain("empty stack");
    expect(await refusal(() => unpickler().last(1))).toContain("empty stack");
    expect(await refusal(() => unpickler().marked())).toContain("a mark that is not there");
    const m = holding(1, 2);
    expect(await refusal(() => m.end())).toContain("ends with values left over");
  });

  it("never believes a length", async () => {
    for (const read of [
      () => unpickler([1, 2]).take(3),
      () => unpickler([97]).text(2 ** 60),
      () => unpickler([97]).blob(2 ** 32),
      () => unpickler([97, 98]).line(),
      () => unpickler([255, 255, 255, 255, 255, 255, 255, 255]).frame(),
    ]) {
      expect(await refusal(read)).toContain("pickle ends too early; the file is cut off");
    }
    expect(await refusal(() => unpickler(new Array(2000).fill(97)).line())).toContain("a name of more than 1000 bytes");
  });

  it("puts into sets what cannot change, as Python does", async () => {
    const m = unpickler();
    m.open(new Set());
    m.addItems(["a", 2, 2n ** 60n, true, null, Object.freeze([1, Object.freeze([])])]);
    expect((m.pop() as Set<unknown>).size).toBe(6);
    expect(await refusal(() => holding(new Set()).addItems([Object.freeze([1, tuples(200)])]))).toContain("in a set");
    for (const stray of [[], new Map(), new Set(), Object.freeze([[]])]) {
      expect(await refusal(() => holding(new Set()).addItems([1, stray]))).toMatch(/has (Array|Map|Set) in a set/);
    }
  });

  it.each([
    [1, true],
    [false, 0],
    [true, 1],
    [0, false],
  ])("refuses the keys %s and %s, which are one in Python and two in JavaScript", async (one, other) => {
    expect(await refusal(() => holding(new Map()).setItems([one, "a", other, "b"]))).toContain("twice");
    expect(await refusal(() => holding(new Set()).addItems([one, other]))).toContain("twice");
    const m = holding(new Map());
    m.setItems([one, "a", 7, "b"]);
    expect((m.pop() as Map<unknown, unknown>).size).toBe(2);
  });

  it("has tuples for keys, of which Python finds some equal", async () => {
    const [a, b] = [Object.freeze([1, "x", Object.freeze([null])]), Object.freeze([true, "x", Object.freeze([null])])];
    const m = holding(new Map());
    m.setItems([a, "first", Object.freeze(["1", "x"]), "text", b, "second", tuples(3), "deep"]);
    expect([...(m.pop() as Map<unknown, unknown>)]).toEqual([
      [a, "second"],
      [["1", "x"], "text"],
      [tuples(3), "deep"],
    ]);
    for (const stray of [Object.freeze([[]]), Object.freeze([new Map()]), [1], tuples(200)]) {
      expect(await refusal(() => holding(new Map()).setItems([stray, 1]))).toContain("has Array for a key");
    }
  });

  it("looks at tuples that double, and at long ones, once", () => {
    let tuple: readonly unknown[] = Object.freeze([1]);
    const m = holding(new Map());
    // Looked at more than once, 2⁹⁰ tuples would not come to an end.
    for (let i = 0; i < 90; i++) {
      tuple = Object.freeze([tuple, tuple]);
      m.setItems([tuple, i, Object.freeze(["x".repeat(100_000), tuple]), i]);
    }
    expect((m.pop() as Map<unknown, unknown>).size).toBe(180);
  });

  it("reads no opcode across the end of a frame", async () => {
    const m = unpickler([4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
    m.frame();
    expect([...m.take(3)]).toEqual([1, 2, 3]);
    expect(await refusal(() => m.take(2))).toContain("reads beyond the end of a frame");
    expect([m.byte(), m.byte()]).toEqual([4, 5]);
  });

  it("bears a thousand open marks", async () => {
    const m = unpickler();
    for (let i = 0; i < 1000; i++) m.mark();
    expect(await refusal(() => m.mark())).toContain("more than 1000 open marks");
  });

  it("keeps within its budget", async () => {
    const m = unpickler([], 1000);
    const fill = () => {
      for (;;) m.open([]);
    };
    expect(await refusal(fill)).toContain("the pickle takes more than the 1000 bytes");
  });
});
