import { describe, expect, it } from "vitest";
import {
  bytesText,
  CommandError,
  counted,
  printable,
  shapeText,
  Terminal,
  table,
  timeText,
} from "../../src/cli/terminal.js";
import { Recorded } from "./support.js";

describe("texts", () => {
  it("aligns columns", () => {
    expect(
      table(
        [
          ["a", "b", "c"],
          ["long", "1", ""],
          ["x", "234", "y"],
        ],
        [1],
      ),
    ).toEqual(["a       b  c", "long    1", "x     234  y"]);
  });

  it("shows orders to the terminal, and what turns text around, as codes", () => {
    expect(printable("a\u001b[31m\nb\u0007\u202e")).toBe("a\\u{1b}[31m\\u{a}b\\u{7}\\u{202e}");
    expect(printable("名前.weight é")).toBe("名前.weight é");
  });

  it("counts bytes, time and things", () => {
    expect([0, 999, 1000, 1_234_567, 5e9, 5e15].map(bytesText)).toEqual([
      ...["0 bytes", "999 bytes", "1.0 kB", "1.2 MB", "5.0 GB", "5000.0 TB"],
    ]);
    expect([0.01234, 12.345, 1234].map(timeText)).toEqual(["12.3 µs", "12.3 ms", "1.2 s"]);
    expect([0.99949, 0.9996, 999.4, 999.96].map(timeText)).toEqual(["999 µs", "1.00 ms", "999 ms", "1.0 s"]);
    expect([counted(1, "tensor"), counted(2, "tensor")]).toEqual(["1 tensor", "2 tensors"]);
    expect(shapeText([4, 10])).toBe("[4, 10]");
  });
});

describe("Terminal", () => {
  it("prints lines for people, one object for machines", () => {
    const [out, err] = [new Recorded(), new Recorded()];
    new Terminal(out, err, false).result(["a", "b"], { x: 1 });
    expect(out.text).toBe("a\nb\n");
    new Terminal(out, err, true).result(["a"], { x: 1 });
    expect(out.text).toBe('a\nb\n{"x":1,"warnings":[]}\n');
    expect(err.text).toBe("");
  });

  it("prints what is said about an output that took stdout on stderr", () => {
    const [out, err] = [new Recorded(), new Recorded()];
    const terminal = new Terminal(out, err, false);
    terminal.refuseBytes();
    terminal.output(Uint8Array.of(1, 2));
    terminal.result(["a", "b"], { x: 1 });
    expect([out.text, [...out.bytes], err.text]).toEqual(["", [1, 2], "a\nb\n"]);
  });

  it("lets no bytes go to a terminal, or where an object goes", () => {
    for (const [isTerminal, json, sentence] of [
      [true, false, "- writes bytes into a pipe, but stdout is a terminal: name a file"],
      [false, true, "--json and an output named - would both take stdout: name a file"],
    ] as const) {
      const terminal = new Terminal(new Recorded(isTerminal), new Recorded(), json);
      expect(() => terminal.refuseBytes()).toThrow(expect.objectContaining({ message: sentence, exitCode: 2 }));
    }
  });

  it("prints warnings on stderr, and for machines in the object too", () => {
    const [out, err] = [new Recorded(), new Recorded()];
    const terminal = new Terminal(out, err, true);
    terminal.warning("careful\u001b");
    terminal.result([], { x: 1 });
    expect([err.text, JSON.parse(out.text)]).toEqual([
      "elman-nn: warning: careful\\u{1b}\n",
      { x: 1, warnings: ["careful\u001b"] },
    ]);
  });

  it("prints errors as one line on stderr, and for machines as an object too", () => {
    const [out, err] = [new Recorded(), new Recorded()];
    new Terminal(out, err, false).error("no\u001b such");
    expect([out.text, err.text]).toEqual(["", "elman-nn: no\\u{1b} such\n"]);
    new Terminal(out, err, true).error("no");
    expect(out.text).toBe('{"error":"no"}\n');
  });

  it("has colours on a terminal that has them, and nowhere else", () => {
    const plain = new Terminal(new Recorded(), new Recorded(true), false);
    expect([plain.heading("x"), plain.aside("x")]).toEqual(["x", "x"]);
    const coloured = new Terminal(new Recorded(true), new Recorded(), false);
    expect([coloured.heading("x"), coloured.aside("x")]).toEqual(["\u001b[1mx\u001b[22m", "\u001b[2mx\u001b[22m"]);
  });
});

it("gives an error its exit code", () => {
  expect([new CommandError("x").exitCode, new CommandError("x", 2).exitCode]).toEqual([1, 2]);
});
