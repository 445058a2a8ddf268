/**
 * `convert`: a checkpoint in another format, told by the extension, or one of its layers as an ONNX model.
 *
 * Numbers are kept as they are unless --dtype says otherwise. What a format cannot hold is left behind, and said. What was
 * there before is written over only with --force.
 */

import { stat } from "node:fs/promises";
import {
  Checkpoint,
  encodeSafetensors,
  encodeTorch,
  type SaveOptions,
  saveSafetensors,
  saveTorch,
  stateDictOf,
} from "../checkpoint/index.js";
import { isTensor } from "../checkpoint/numbers/wide.js";
import { versionsOf } from "../checkpoint/pickle/values.js";
import { at, beside } from "../checkpoint/state_dict.js";
import { exportOnnx, type LayerKind } from "../convert/index.js";
import {
  byExtension,
  checkOutput,
  nameOf,
  pipe,
  type ReadOptions,
  readCheckpoint,
  refuseExisting,
  writeParts,
  writing,
} from "./files.js";
import type { Job } from "./job.js";
import { builtLayer, chooseLayer, placeText } from "./layers.js";
import { bytesText, CommandError, counted, printable, type Terminal } from "./terminal.js";

/** As on the command line. */
export interface ConvertOptions extends ReadOptions {
  key?: string;
  stripPrefix?: readonly string[];
  dtype?: NonNullable<SaveOptions["dtype"]>;
  layer?: string;
  kind?: LayerKind;
  nonlinearity?: "tanh" | "relu";
  batchFirst?: boolean;
  to?: PipedFormat;
  force?: boolean;
}

type Format = "safetensors" | "torch" | "onnx";

/** What a pipe can be written as. */
export const pipedFormats = ["safetensors", "pt", "onnx"] as const;

type PipedFormat = (typeof pipedFormats)[number];

const formats: Readonly<Record<string, Format>> = {
  ...{ ".safetensors": "safetensors", ".onnx": "onnx" },
  ...{ ".pt": "torch", ".pth": "torch", ".tar": "torch", ".bin": "torch", ".ckpt": "torch" },
};

/** Options that speak of a layer, and options that speak of a checkpoint. */
const flags: Readonly<Record<"layer" | "checkpoint", Partial<Record<keyof ConvertOptions, string>>>> = {
  layer: { layer: "--layer", kind: "--kind", nonlinearity: "--nonlinearity", batchFirst: "--batch-first" },
  checkpoint: { stripPrefix: "--strip-prefix", dtype: "--dtype" },
};

/** The extension tells the format; where there is none --to does. */
function formatOf(output: string, { to, force }: ConvertOptions): Format {
  if (output !== pipe) {
    if (to !== undefined) throw new CommandError("--to has no meaning but where the output is -", 2);
    return byExtension(output, formats);
  }
  if (force) throw new CommandError("--force has no meaning where the output is -", 2);
  if (to !== undefined) return formats[`.${to}`];
  throw new CommandError(`- has no extension to tell the format: say --to ${pipedFormats.join(", --to ")}`, 2);
}

/** An option is never ignored. */
function refuseStray(format: Format, options: ConvertOptions): void {
  const isLayer = format === "onnx";
  const others = Object.entries(flags[isLayer ? "checkpoint" : "layer"]);
  const stray = others.find(([name]) => options[name as keyof ConvertOptions] !== undefined);
  if (stray === undefined) return;
  throw new CommandError(`${stray[1]} has no meaning ${isLayer ? "for" : "but for"} an .onnx file`, 2);
}

/** How it is written, and described. */
interface Converted {
  write(path: string, job: Job): Promise<void>;
  encode(): Uint8Array;
  readonly what: string;
  /** Names of what was left behind, and what did not stay what it was. */
  readonly left: readonly string[];
}

function toOnnx(input: string, checkpoint: Checkpoint, options: ConvertOptions, terminal: Terminal): Converted {
  const chosen = chooseLayer(input, checkpoint, options);
  const layer = builtLayer(chosen, options, terminal);
  const bytes = exportOnnx(layer);
  const write = (path: string, job: Job) => writeParts(path, [bytes], job);
  return { write, encode: () => bytes, what: `${placeText(chosen.prefix)}: ${layer}`, left: [] };
}

const holdsOnlyTensors = (checkpoint: Checkpoint): boolean =>
  checkpoint.root === undefined && [...checkpoint.values()].every(isTensor);

/** What a checkpoint of PyTorch loses where more than tensors are copied: JavaScript has no other name for it. */
const simplified =
  "what Python tells apart and JavaScript does not (torch.dtype and torch.device become strings, Parameters tensors, floats without a fraction ints)";

type Metadata = Checkpoint["metadata"];

/** Metadata whose names of modules have lost the prefix that the names of tensors have lost. */
const withoutPrefix = (metadata: Metadata, prefix: string): Metadata =>
  new Map(
    [...metadata].flatMap(([name, one]) =>
      `${name}.`.startsWith(prefix) ? [[String(name).slice(prefix.length), one]] : [],
    ),
  );

/** The whole checkpoint where the format can hold it and nothing else is asked for; else its state dict. */
function toCheckpoint(checkpoint: Checkpoint, format: "safetensors" | "torch", options: ConvertOptions): Converted {
  const { key, stripPrefix, dtype } = options;
  const how = dtype === undefined ? {} : { dtype };
  const isTorch = checkpoint.format !== "safetensors";
  // What Hugging Face's tools want to see.
  const strings = isTorch ? { format: "pt" } : (Object.fromEntries(checkpoint.metadata) as Record<string, string>);
  const writers = (tensors: Checkpoint): Pick<Converted, "write" | "encode"> =>
    format === "torch"
      ? {
          write: (path, job) => saveTorch(tensors, path, { ...how, ...writing(path, job) }),
          encode: () => encodeTorch(tensors, how),
        }
      : {
          write: (path, job) => saveSafetensors(tensors, path, { ...how, ...writing(path, job), metadata: strings }),
          encode: () => encodeSafetensors(tensors, { ...how, metadata: strings }),
        };
  /** A file of safetensors has strings, a state dict of PyTorch versions: neither can hold what the other has. */
  const lost = (metadata: Metadata) => {
    if (metadata.size === 0 || isTorch === (format === "torch")) return [];
    return [isTorch ? "_metadata" : "__metadata__"];
  };
  const isWhole = key === undefined && stripPrefix === undefined;
  const isFlat = holdsOnlyTensors(checkpoint);
  if (isWhole && (format === "torch" || isFlat)) {
    const what = isFlat ? counted(checkpoint.size, "tensor") : "everything";
    return { ...writers(checkpoint), what, left: isFlat ? lost(checkpoint.metadata) : [simplified] };
  }
  const found = stateDictOf(checkpoint, key ?? null, stripPrefix === undefined ? {} : { strip: stripPrefix });
  const metadata = found.key === null ? checkpoint.metadata : (versionsOf(at(checkpoint, found.key)) ?? new Map());
  const from = found.key === null ? "" : ` under '${found.key}'`;
  const without = found.prefix === "" ? "" : ` without the prefix '${found.prefix}'`;
  return {
    ...writers(new Checkpoint(found.stateDict, checkpoint.format, withoutPrefix(metadata, found.prefix))),
    what: `${counted(found.stateDict.size, "tensor")}${from}${without}`,
    left: [...found.others, ...lost(metadata), ...beside(checkpoint, found.key)],
  };
}

/** Writes a file in another format. */
export async function convert(input: string, output: string, options: ConvertOptions, terminal: Terminal, job: Job) {
  const isPiped = output === pipe;
  const format = formatOf(output, options);
  refuseStray(format, options);
  if (isPiped) terminal.refuseBytes();
  else {
    await checkOutput(output, [input]);
    if (!options.force) await refuseExisting(output);
  }
  const checkpoint = await readCheckpoint(input, options, job);
  const { write, encode, what, left } =
    format === "onnx"
      ? toOnnx(nameOf(input), checkpoint, options, terminal)
      : toCheckpoint(checkpoint, format, options);
  let bytes: number;
  if (isPiped) {
    const whole = encode();
    await job.look();
    terminal.output(whole);
    bytes = whole.length;
  } else {
    await write(output, job);
    bytes = (await stat(output)).size;
  }
  job.clear();
  terminal.result(
    [
      `${isPiped ? "stdout" : printable(output)}: ${format}, ${printable(what)}, ${bytesText(bytes)}`,
      ...(left.length === 0 ? [] : [terminal.aside(`left behind: ${left.map(printable).join(", ")}`)]),
    ],
    { input, output, format, bytes, contents: what, left },
  );
}
