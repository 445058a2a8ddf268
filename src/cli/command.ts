/** The command's words: what can be asked for, what each option may be, and which exit code comes of it. */

import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { Command, CommanderError, Option } from "commander";
import { layerKinds } from "../convert/build.js";
import { ElmanError, setWarningHandler } from "../index.js";
import { type BenchOptions, bench } from "./bench.js";
import { type ConvertOptions, convert, pipedFormats } from "./convert.js";
import { type InspectOptions, inspect } from "./inspect.js";
import { Job } from "./job.js";
import { type RunOptions, run } from "./run.js";
import { sentence } from "./sentences.js";
import { CommandError, type Screen, Terminal } from "./terminal.js";

/** What the command runs in. */
export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly out: Screen;
  readonly err: Screen;
  /** Aborted, with the exit code as its reason, where the user has had enough. */
  readonly signal: AbortSignal;
  /** Whether a defect shows where it happened. */
  readonly debug: boolean;
}

const codes = [
  "",
  "A file named - is a pipe: stdin or stdout. Files that are written appear whole or not at all.",
  "Exit codes: 0 done, 1 a file or what is in it is not what was expected, 2 wrong usage, 130 stopped with Ctrl-C.",
].join("\n");

/** What stands below a command's options: lines that can be typed. */
const examples = (...lines: string[]): string =>
  ["", "Examples:", ...lines.map((line) => `  $ elman-nn ${line}`)].join("\n");

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

const file = ".safetensors, .onnx, or what torch.save wrote; - for stdin";

const dtypes = ["F32", "F16", "BF16", "F64", "original"];

const key = () =>
  new Option("--key <name>", "where in the checkpoint the state dict stands, if not under a usual name");
const layer = () =>
  new Option("--layer <name>", "the layer's place, as inspect prints it; may be left out if one is meant");
const maxBytes = () =>
  new Option(
    "--max-bytes <n>",
    "the most memory that what is read may take (default, for tensors: 64 MiB and four times the file's size)",
  ).argParser(whole("--max-bytes"));
const kind = () => new Option("--kind <kind>", "what it is, where names and shapes leave two").choices(layerKinds);
const nonlinearity = () =>
  new Option("--nonlinearity <name>", "of an RNN or RNNCell, which files do not tell").choices(["tanh", "relu"]);

function program(terminal: Terminal, job: Job, { out, err }: Surroundings): Command {
  const elman = new Command("elman-nn")
    .description("Looks into, converts, runs and times recurrent layers in PyTorch, safetensors and ONNX files.")
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
    .description("print the names, dtypes and shapes of the tensors in a file, and the layers that they belong to")
    .argument("<file>", file)
    .option("--values", "read the numbers, too, and print the least, the mean and the largest of each tensor")
    .addOption(key())
    .addOption(maxBytes())
    .addHelpText("after", examples("inspect model.pt", "inspect model.safetensors --values --json"))
    .action((path: string, options: InspectOptions) => inspect(path, options, terminal, job));
  elman
    .command("convert")
    .description("write a checkpoint in the format of another extension, or one of its layers as ONNX")
    .argument("<in>", file)
    .argument("<out>", ".safetensors; .pt, .pth, .tar, .bin or .ckpt; .onnx; - for stdout")
    .option("--force", "write over a file that is there already")
    .addOption(new Option("--to <format>", "what goes to stdout, which has no extension").choices(pipedFormats))
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
    .addOption(maxBytes())
    .addHelpText(
      "after",
      examples("convert model.pt model.safetensors --dtype F16", "convert model.pt lstm.onnx --layer encoder.lstm"),
    )
    .action((from: string, to: string, options: ConvertOptions) => convert(from, to, options, terminal, job));
  elman
    .command("run")
    .description("run a layer, or several in turn, over an input [T, N, C] or [T, C]")
    .argument("<file>", file)
    .addOption(layer())
    .addOption(
      new Option("--layers <names>", "layers to run in turn, as embedding:Embedding,lstm,head").conflicts([
        "layer",
        "kind",
      ]),
    )
    .requiredOption("--input <file>", ".npy, or .json with nested arrays; - for either from stdin")
    .option("--output <file>", ".npy or .json; - for .npy to stdout (default: printed as JSON)")
    .addOption(key())
    .addOption(kind())
    .addOption(nonlinearity())
    .option("--batch-first", "input and output are [N, T, C]")
    .option("--stream", "one step after the other, as on a signal that never ends")
    .addOption(maxBytes())
    .addHelpText(
      "after",
      examples(
        "run model.pt --layer lstm --input x.npy --output y.npy",
        "run model.pt --layers lstm,head --input - < x.json",
      ),
    )
    .action((path: string, options: RunOptions) => run(path, options, terminal, job));
  elman
    .command("bench")
    .description("time a layer: a step of a stream, forward, and training")
    .argument("<file>", file)
    .addOption(layer())
    .addOption(key())
    .addOption(kind())
    .addOption(nonlinearity())
    .option("--batch <n>", "sequences side by side", whole("--batch"), 1)
    .option("--length <t>", "steps", whole("--length"), 100)
    .option("--seconds <s>", "how long to measure", seconds, 3)
    .addOption(maxBytes())
    .addHelpText("after", examples("bench model.pt --layer lstm --batch 8"))
    .action((path: string, options: BenchOptions) => bench(path, options, terminal, job));
  elman
    .command("help")
    .description("print what a command takes")
    .argument("[command]")
    .action((name?: string) => {
      const asked = name === undefined ? elman : elman.commands.find((one) => one.name() === name);
      if (asked === undefined) throw new CommandError(`unknown command '${name}'`, 2);
      asked.help();
    });
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
  const { stdin, out, err, signal, debug } = surroundings;
  const terminal = new Terminal(out, err, args.includes("--json"));
  const job = new Job(err, signal, stdin);
  const before = setWarningHandler((text) => terminal.warning(sentence(text.replace(/^elman: /, ""))));
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
      // Help and version that were asked for have said what there is to say; other help is wrong usage.
      if (error.exitCode === 0) return 0;
      if (error.code !== "commander.help") terminal.error(sentenceOf(error));
      return 2;
    }
    if (isExpected(error)) {
      terminal.error(sentence(error.message));
      return error instanceof CommandError ? error.exitCode : 1;
    }
    const { message, stack } = error as Error;
    terminal.error(`unexpected, and a defect of elman-nn: ${message}`);
    if (debug) err.write(`${stack}\n`);
    return 1;
  } finally {
    setWarningHandler(before);
  }
}

/** commander's message without the word error, as one sentence in one line. */
const sentenceOf = ({ message }: CommanderError): string =>
  message
    .replace(/^error: /, "")
    .replace(/\n/g, " ")
    .replace(/\. (Expected|Allowed)/, (_, word: string) => `: ${word.toLowerCase()}`)
    .replace(/\.$/, "");
