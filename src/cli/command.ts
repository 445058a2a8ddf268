/** The command's words: what can be asked for, what each option may be, and which exit code comes of it. */

import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { layerKinds } from "../convert/build.js";
import { ElmanError } from "../index.js";
import { type BenchOptions, bench } from "./bench.js";
import { type ConvertOptions, convert } from "./convert.js";
import { inspect } from "./inspect.js";
import { Job } from "./job.js";
import { type RunOptions, run } from "./run.js";
import { CommandError, type Screen, sentenceFor, Terminal } from "./terminal.js";

/** What the command runs in. */
export interface Surroundings {
  readonly out: Screen;
  readonly err: Screen;
  /** Aborted, with the exit code as its reason, where the user has had enough. */
  readonly signal: AbortSignal;
  /** Whether a defect shows where it happened. */
  readonly debug: boolean;
}

const codes = [
  "",
  "Exit codes: 0 done, 1 a file or what is in it is not what was expected, 2 wrong usage, 130 stopped with Ctrl-C.",
  "Files that are written appear whole or not at all.",
].join("\n");

/** The version in package.json, which lies at the same distance from src/cli and dist/cli. */
function version(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

/** Reads an option that is a whole number from 1 on. */
const whole = (flag: string) => (text: string) => {
  const x = Number(text);
  if (/^\d+$/.test(text) && x >= 1 && Number.isSafeInteger(x)) return x;
  throw new CommandError(`${flag} expected a whole number, at least 1, got: ${text}`, 2);
};

function seconds(text: string): number {
  const x = Number(text);
  if (text.trim() !== "" && x > 0 && x <= 3600) return x;
  throw new CommandError(`--seconds expected a number from 0 to 3600, got: ${text}`, 2);
}

/** Reads an option that may be given several times. */
function prefixes(text: string, before: readonly string[] = []): readonly string[] {
  if (text === "") throw new CommandError("--strip-prefix expected a prefix, got none", 2);
  return [...before, text];
}

const dtypes = ["F32", "F16", "BF16", "F64", "original"];

const key = () =>
  new Option("--key <name>", "where in the checkpoint the state dict stands, if not under a usual name");
const layer = () =>
  new Option("--layer <name>", "the layer's place, as inspect prints it; may be left out if one is meant");
const kind = () => new Option("--kind <kind>", "what it is, where names and shapes leave two").choices(layerKinds);
const nonlinearity = () =>
  new Option("--nonlinearity <name>", "of an RNN or RNNCell, which files do not tell").choices(["tanh", "relu"]);

function program(terminal: Terminal, job: Job, { out, err }: Surroundings): Command {
  const elman = new Command("elman-nn")
    .description("Looks into, converts, runs and times recurrent layers in PyTorch and safetensors files.")
    .version(version())
    .option("--json", "print one JSON object, for machines")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText("afterAll", codes);
  elman
    .command("inspect")
    .description("print the tensors in a file, and the layers that they belong to")
    .argument("<file>", ".safetensors, or what torch.save wrote")
    .addOption(key())
    .action((file: string, options: { key?: string }) => inspect(file, options, terminal, job));
  elman
    .command("convert")
    .description("write a checkpoint in the format of another extension, or one of its layers as ONNX")
    .argument("<in>", ".safetensors, or what torch.save wrote")
    .argument("<out>", ".safetensors; .pt, .pth, .tar, .bin or .ckpt; .onnx")
    .addOption(key())
    .option(
      "--strip-prefix <prefix>",
      "take a prefix such as module. off all names; may be given several times",
      prefixes,
    )
    .addOption(new Option("--dtype <dtype>", "of all floats (default: as in the file)").choices(dtypes))
    .addOption(layer())
    .addOption(kind())
    .addOption(nonlinearity())
    .option("--batch-first", "the ONNX model takes [N, T, C]")
    .action((from: string, to: string, options: ConvertOptions) => convert(from, to, options, terminal, job));
  elman
    .command("run")
    .description("run a layer over an input [T, N, C] or [T, C]")
    .argument("<file>", ".safetensors, or what torch.save wrote")
    .addOption(layer())
    .requiredOption("--input <file>", ".npy, or .json with nested arrays")
    .requiredOption("--output <file>", ".npy or .json")
    .addOption(key())
    .addOption(kind())
    .addOption(nonlinearity())
    .option("--batch-first", "input and output are [N, T, C]")
    .option("--stream", "one step after the other, as on a signal that never ends")
    .action((file: string, options: RunOptions) => run(file, options, terminal, job));
  elman
    .command("bench")
    .description("time a layer: a step of a stream, forward, and training")
    .argument("<file>", ".safetensors, or what torch.save wrote")
    .addOption(layer())
    .addOption(key())
    .addOption(nonlinearity())
    .option("--batch <n>", "sequences side by side", whole("--batch"), 1)
    .option("--length <t>", "steps", whole("--length"), 100)
    .option("--seconds <s>", "how long to measure", seconds, 3)
    .action((file: string, options: BenchOptions) => bench(file, options, terminal, job));
  return elman;
}

/** Whether an error is one of those that are a sentence for the user, rather than a defect. */
const isExpected = (error: unknown): error is Error => error instanceof CommandError || error instanceof ElmanError;

/**
 * Does what a command line asks for.
 * @param args without the names of Node and of the command
 * @returns the exit code
 */
export async function command(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err, signal, debug } = surroundings;
  const terminal = new Terminal(out, err, args.includes("--json"));
  const job = new Job(err, signal);
  try {
    await program(terminal, job, surroundings).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    job.clear();
    if (signal.aborted) {
      terminal.error("stopped");
      return signal.reason as number;
    }
    if (error instanceof CommanderError) {
      // Help and version have said what there is to say; help that nobody asked for is wrong usage.
      if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return 0;
      if (error.code !== "commander.help") terminal.error(sentenceOf(error));
      return 2;
    }
    if (isExpected(error)) {
      terminal.error(sentenceFor(error));
      return error instanceof CommandError ? error.exitCode : 1;
    }
    const { message, stack } = error as Error;
    terminal.error(`unexpected, and a defect of elman-nn: ${message}`);
    if (debug) err.write(`${stack}\n`);
    return 1;
  }
}

/** commander's message without the word error, in one line. */
const sentenceOf = ({ message }: CommanderError): string => message.replace(/^error: /, "").replace(/\n/g, " ");
