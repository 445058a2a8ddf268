/**
 * `convert`: a checkpoint in another format, told by the extension, or one of its layers as an ONNX model.
 *
 * Numbers are kept as they are unless --dtype says otherwise. What a format cannot hold is left behind, and said.
 */

import { type Checkpoint, encodeSafetensors, encodeTorch, type SaveOptions, stateDictOf } from "../checkpoint/index.js";
import { exportOnnx, type LayerKind } from "../convert/index.js";
import type { Tensor } from "../index.js";
import { byExtension, readCheckpoint, refuseSame, writeParts } from "./files.js";
import type { Job } from "./job.js";
import { builtLayer, chooseLayer, placeText } from "./layers.js";
import { bytesText, CommandError, counted, printable, type Terminal } from "./terminal.js";

/** As on the command line. */
export interface ConvertOptions {
  key?: string;
  /** true for the usual ones. */
  stripPrefix?: string | true;
  dtype?: NonNullable<SaveOptions["dtype"]>;
  layer?: string;
  kind?: LayerKind;
  nonlinearity?: "tanh" | "relu";
  batchFirst?: boolean;
}

type Format = "safetensors" | "torch" | "onnx";

const formats: Readonly<Record<string, Format>> = {
  ...{ ".safetensors": "safetensors", ".onnx": "onnx" },
  ...{ ".pt": "torch", ".pth": "torch", ".tar": "torch", ".bin": "torch", ".ckpt": "torch" },
};

/** Options that speak of a layer, and options that speak of a checkpoint. */
const flags: Readonly<Record<"layer" | "checkpoint", Partial<Record<keyof ConvertOptions, string>>>> = {
  layer: { layer: "--layer", kind: "--kind", nonlinearity: "--nonlinearity", batchFirst: "--batch-first" },
  checkpoint: { stripPrefix: "--strip-prefix", dtype: "--dtype" },
};

/** An option is never ignored. */
function refuseStray(format: Format, options: ConvertOptions): void {
  const isLayer = format === "onnx";
  const others = Object.entries(flags[isLayer ? "checkpoint" : "layer"]);
  const stray = others.find(([name]) => options[name as keyof ConvertOptions] !== undefined);
  if (stray === undefined) return;
  throw new CommandError(`${stray[1]} has no meaning ${isLayer ? "for" : "but for"} an .onnx file`, 2);
}

/** What is written, and how it is described. */
interface Converted {
  readonly bytes: Uint8Array;
  readonly what: string;
  /** Names of what was left behind. */
  readonly left: readonly string[];
}

function toOnnx(input: string, checkpoint: Checkpoint, options: ConvertOptions, terminal: Terminal): Converted {
  const chosen = chooseLayer(input, checkpoint, options);
  const layer = builtLayer(chosen, options, terminal);
  return { bytes: exportOnnx(layer), what: `${placeText(chosen.prefix)}: ${layer}`, left: [] };
}

const holdsOnlyTensors = (checkpoint: Checkpoint): boolean =>
  checkpoint.root === undefined &&
  [...checkpoint.values()].every((value) => typeof value === "object" && value !== null && "dtype" in value);

/** The metadata of a safetensors file, which is nothing but strings. */
const stringsOf = ({ metadata }: Checkpoint): Record<string, string> =>
  Object.fromEntries([...metadata].map(([name, value]) => [String(name), String(value)]));

/** The whole checkpoint where the format can hold it and nothing else is asked for; else its state dict. */
function toCheckpoint(checkpoint: Checkpoint, format: "safetensors" | "torch", options: ConvertOptions): Converted {
  const { key, stripPrefix, dtype } = options;
  const how = dtype === undefined ? {} : { dtype };
  // What Hugging Face's tools want to see.
  const metadata = checkpoint.format === "safetensors" ? stringsOf(checkpoint) : { format: "pt" };
  const encode = (tensors: Map<string, Tensor> | Checkpoint) =>
    format === "torch" ? encodeTorch(tensors, how) : encodeSafetensors(tensors, { ...how, metadata });
  const isWhole = key === undefined && stripPrefix === undefined;
  const isFlat = holdsOnlyTensors(checkpoint);
  if (isWhole && (format === "torch" || isFlat)) {
    return { bytes: encode(checkpoint), what: isFlat ? counted(checkpoint.size, "tensor") : "everything", left: [] };
  }
  const found = stateDictOf(checkpoint, key ?? null, stripPrefix === undefined ? {} : { strip: stripPrefix });
  const from = found.key === null ? "" : ` under '${found.key}'`;
  const without = found.prefix === "" ? "" : ` without the prefix '${found.prefix}'`;
  return {
    bytes: encode(found.stateDict),
    what: `${counted(found.stateDict.size, "tensor")}${from}${without}`,
    left: found.others.concat(found.key === null ? [] : [...checkpoint.keys()].filter((name) => name !== found.key)),
  };
}

/** Writes a file in another format. */
export async function convert(input: string, output: string, options: ConvertOptions, terminal: Terminal, job: Job) {
  const format = byExtension(output, formats);
  refuseStray(format, options);
  await refuseSame(input, output);
  const checkpoint = await readCheckpoint(input, job);
  await job.at(`encoding ${format}`, 0);
  const { bytes, what, left } =
    format === "onnx" ? toOnnx(input, checkpoint, options, terminal) : toCheckpoint(checkpoint, format, options);
  await writeParts(output, [bytes], bytes.length, job);
  job.clear();
  terminal.result(
    [
      `${printable(output)}: ${format}, ${printable(what)}, ${bytesText(bytes.length)}`,
      ...(left.length === 0 ? [] : [terminal.aside(`left behind: ${left.map(printable).join(", ")}`)]),
    ],
    { input, output, format, bytes: bytes.length, contents: what, left },
  );
}
