/** What elman accepts against what Python's own loaders make of the same bytes. */

import { difference, expectedOf, type PlainValue, wholeOf } from "../torch/checkpoint_values.js";
import type { Oracle } from "../torch/process.js";
import { type Case, holdsOpaque, type Outcome } from "./fuzz.js";

interface Read {
  value: PlainValue | null;
  refused: string | null;
  /** torch reads it only when Python's zipfile has packed it anew. */
  cleaned: boolean;
}

/**
 * Why Python refuses a file that elman may well read. None of it touches the numbers: the members that they come from
 * are where the directory says, under their names and with their checksums, or elman would not have read them.
 */
const stricter: readonly [why: string, sentence: RegExp][] = [
  ["a storage is on a device that it does not know; elman has one", /don't know how to restore data location/],
  ["a dtype stands where a device's name should; to elman both are names", /expected string .* got 'torch\.dtype'/],
  ["torch.device of what is no device; to elman it is a name", /Invalid device string|Expected one of cpu, cuda/],
  ["an int tensor that wants gradients; elman leaves them aside", /Only Tensors of floating point and complex dtype/i],
  ["zlib looks at what a deflated block says of itself twice; the checksum is right", /^error: Error -3/],
  ["zipfile takes what is in front for a preface, and moves every place by it", /^BadZipFile: File name in directory/],
  ["zipfile looks at fields that are of no use here: versions, disks", /zip file version|span multiple disks/],
  [
    "zipfile looks at members, or at space between them, that hold no part of the value",
    /^BadZipFile: Bad magic number/,
  ],
];

/** How often Python gave the same, at once or when the archive was packed anew, and how often it refused for a reason of its own, by reason. */
export interface Agreement {
  same: number;
  cleaned: number;
  readonly stricter: Map<string, number>;
}

/** What Python has against a case that elman accepted. */
export async function againstPython(
  oracle: Oracle,
  agreement: Agreement,
  { bytes, options }: Case,
  { checkpoint }: Outcome,
): Promise<string[]> {
  if (checkpoint === null || options.unknown === "opaque" || options.names !== undefined) return [];
  // Python has objects of its own there.
  if (holdsOpaque(wholeOf(checkpoint)) || holdsOpaque(checkpoint.metadata)) return [];
  const format = checkpoint.format === "safetensors" ? "safetensors" : "torch";
  const question = { bytes: Buffer.from(bytes).toString("base64"), format, cleaned: false };
  const { value, refused, cleaned } = await oracle.ask<Read>("checkpoint_read", question);
  if (value === null) {
    const [why] = stricter.find(([, sentence]) => sentence.test(refused ?? "")) ?? [];
    if (why === undefined) return [`Python refuses what elman accepts: ${refused}`];
    agreement.stricter.set(why, (agreement.stricter.get(why) ?? 0) + 1);
    return [];
  }
  const problem = difference(wholeOf(checkpoint), expectedOf(value, checkpoint), "");
  if (problem !== null && !cleaned && bytes[0] === 0x50) {
    // torch takes a member that is marked as a folder to be empty, and whatever lies in its memory for the numbers.
    const again = await oracle.ask<Read>("checkpoint_read", { ...question, cleaned: true });
    const isSame = again.value && difference(wholeOf(checkpoint), expectedOf(again.value, checkpoint), "") === null;
    if (isSame) {
      agreement.cleaned++;
      return [];
    }
  }
  if (problem !== null) return [`Python reads another value: ${problem}`];
  agreement[cleaned ? "cleaned" : "same"]++;
  return [];
}
