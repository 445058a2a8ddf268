/**
 * How the command speaks: results on stdout, for people or as one JSON object for machines; progress and errors on
 * stderr. Where stdout has the output itself, what is said about it is on stderr, too. Colours and progress only on a
 * terminal. It knows nothing of tensors.
 */

import { styleText } from "node:util";

/** What is used of a stream: a terminal has the last two. */
export interface Screen {
  write(data: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** What the command is ended by, in one sentence. */
export class CommandError extends Error {
  constructor(
    sentence: string,
    /** 1: files or their contents; 2: a command line that is wrong whatever the files hold. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(sentence);
  }
}

/** A table for people: the first row is its head. Columns named in `right` end at one edge. */
export function table(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths = rows[0].map((_, column) => rows.reduce((most, row) => Math.max(most, row[column].length), 0));
  const cell = (text: string, column: number) =>
    right.includes(column) ? text.padStart(widths[column]) : text.padEnd(widths[column]);
  return rows.map((row) => row.map(cell).join("  ").trimEnd());
}

/** Text from a file as a terminal may show it: names can hold anything, orders to the terminal included. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) as number;
    return `\\u{${code.toString(16)}}`;
  });
}

/** A list of sizes: `[4, 10]`. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** `1 tensor`, `2 tensors`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const units = ["bytes", "kB", "MB", "GB", "TB"];

/** `1.2 MB`, by thousands. */
export function bytesText(bytes: number): string {
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** A duration given in milliseconds, in the unit in which its three digits are below 1000. */
export function timeText(milliseconds: number): string {
  if (milliseconds < 0.9995) return `${(milliseconds * 1000).toPrecision(3)} µs`;
  return milliseconds < 999.5 ? `${milliseconds.toPrecision(3)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Where a command prints. */
export class Terminal {
  private readonly colours: boolean;
  private readonly warnings: string[] = [];
  /** Where results are written for people. */
  private screen: Screen;

  constructor(
    private readonly out: Screen,
    private readonly err: Screen,
    readonly json: boolean,
  ) {
    this.colours = out.hasColors?.() ?? false;
    this.screen = out;
  }

  heading(text: string): string {
    return this.colours ? styleText("bold", text, { validateStream: false }) : text;
  }

  aside(text: string): string {
    return this.colours ? styleText("dim", text, { validateStream: false }) : text;
  }

  /** The output itself, where no file is named for it: text for people, or bytes for a pipe. */
  output(data: string | Uint8Array): void {
    this.out.write(data);
    this.screen = this.err;
  }

  /** @throws CommandError where no bytes can go to stdout */
  refuseBytes(): void {
    if (this.json) throw new CommandError("--json and an output named - would both take stdout: name a file", 2);
    if (this.out.isTTY) throw new CommandError("- writes bytes into a pipe, but stdout is a terminal: name a file", 2);
  }

  /** What the command has found: as lines, or as one object, which has the warnings too. */
  result(lines: readonly string[], object: object): void {
    if (this.json) this.out.write(`${JSON.stringify({ ...object, warnings: this.warnings })}\n`);
    else this.screen.write(`${lines.join("\n")}\n`);
  }

  /** One sentence. */
  error(sentence: string): void {
    if (this.json) this.out.write(`${JSON.stringify({ error: sentence })}\n`);
    this.err.write(`elman-nn: ${printable(sentence)}\n`);
  }

  /** What is worth knowing beside the result. */
  warning(sentence: string): void {
    this.warnings.push(sentence);
    this.err.write(`elman-nn: warning: ${printable(sentence)}\n`);
  }
}
