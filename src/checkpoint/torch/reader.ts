/**
 * The files of `torch.save`: a zip with a pickle of the structure and one member a storage, or what came before 1.6.
 *
 * Only dense tensors on a CPU come out, whatever device they were saved from. TorchScript archives are refused: they
 * are programs.
 * Source: torch/serialization.py of 2.13.
 */

import { fail } from "../../base/errors.js";
import type { Bytes } from "../bytes/source.js";
import { refuse } from "../bytes/text.js";
import { checked, type Member, readZip, unpack } from "../bytes/unzip.js";
import { fileDTypes } from "../numbers/dtypes.js";
import { type Region, StorageReference, type Storages } from "../numbers/storages.js";
import { Globals, storageId } from "../pickle/globals.js";
import { runPickle } from "../pickle/opcodes.js";
import { Unpickler } from "../pickle/unpickler.js";
import { Checkpoint, type CheckpointFormat, type CheckpointValue, versionsOf } from "../pickle/values.js";
import { verified } from "../pickle/verify.js";
import { isLegacy, readLegacy } from "./legacy.js";

/** Reads a file of either kind. */
export async function readTorch(file: Bytes, storages: Storages): Promise<Checkpoint> {
  const start = await file.read(0, Math.min(file.size, 512));
  if (isLegacy(start)) return checkpointOf(file, await readLegacy(file, storages), "torch-legacy");
  if (start[0] !== 0x50 || start[1] !== 0x4b) {
    fail("RuntimeError", `${file.name} is no file of torch.save: it begins with neither a zip archive nor a pickle`);
  }
  return checkpointOf(file, await readArchive(file, storages), "torch");
}

function checkpointOf(file: Bytes, value: unknown, format: CheckpointFormat): Checkpoint {
  const root = verified(file.name, value);
  if (!(root instanceof Map) || ![...root.keys()].every((key) => typeof key === "string")) {
    return new Checkpoint([], format, new Map(), root);
  }
  return new Checkpoint(root as Map<string, CheckpointValue>, format, versionsOf(root));
}

/** A storage that is a member of the archive. */
interface MemberRegion extends Region {
  readonly member: Member;
}

async function readArchive(file: Bytes, storages: Storages): Promise<unknown> {
  const members = await readZip(file);
  const { pickle, prefix } = findPickle(file, members);
  if (pickle.isDeflated) {
    // It is unpacked to be read, whatever is found in it then.
    if (pickle.size > 4 * file.size + (1 << 18)) {
      refuse(file.name, `member '${pickle.name}' claims ${pickle.size} bytes, in a file of ${file.size}`);
    }
    storages.budget.spend(pickle.size, "the pickle");
  }
  const order = await byteOrder(file, members.get(`${prefix}byteorder`));
  const regions = new Map<string, MemberRegion>();
  const persistent = (id: unknown): StorageReference => {
    const { dtype, key, count } = storageId(file.name, id, 5);
    const member = members.get(`${prefix}data/${key}`);
    if (member === undefined) return refuse(file.name, `storage '${key}' is not in the archive`);
    const width = dtype === null ? 1 : fileDTypes[dtype].size;
    if (count * width !== member.size) {
      refuse(file.name, `storage '${key}' claims ${count * width} bytes, but has ${member.size}`);
    }
    let region = regions.get(key);
    if (region === undefined) regions.set(key, (region = { key, size: member.size, member }));
    return new StorageReference(region, dtype, 0, count);
  };
  const bytes = await unpack(file, pickle);
  const globals = new Globals(file.name, storages, persistent);
  const unpickler = new Unpickler(`${file.name}: ${pickle.name}`, bytes, globals, storages.budget);
  const value = runPickle(unpickler);
  if (storages.isOutline) return value;
  // All of them are what they claim before memory is taken for the first.
  for (const { member } of regions.values()) if (member.isDeflated) await checked(file, member);
  for (const region of regions.values()) {
    storages.fill(region, await unpack(file, region.member, region.member.isDeflated), order);
  }
  return value;
}

function findPickle(file: Bytes, members: ReadonlyMap<string, Member>): { pickle: Member; prefix: string } {
  const found = [...members.values()].filter(({ name }) => /(^|\/)data\.pkl$/.test(name));
  // The shortest name: a folder beside the storages may hold another pickle of that name.
  const pickle = found.sort((a, b) => a.name.length - b.name.length)[0];
  const prefix = pickle?.name.slice(0, -"data.pkl".length) ?? "";
  const names = [...members.keys()];
  if (names.some((name) => name.startsWith(`${prefix}code/`) || name === `${prefix}constants.pkl`)) {
    fail(
      "RuntimeError",
      `${file.name} is a TorchScript archive: a program, which is not run here; in Python, save its weights alone with torch.save(torch.jit.load(path).state_dict(), "weights.pt")`,
    );
  }
  if (pickle === undefined) {
    fail(
      "RuntimeError",
      `${file.name} is a zip archive, but none of torch.save: it has no data.pkl, only ${names.slice(0, 3).join(", ") || "nothing"}`,
    );
  }
  return { pickle, prefix };
}

async function byteOrder(file: Bytes, member: Member | undefined): Promise<"little" | "big"> {
  if (member === undefined) return "little";
  const text = member.size <= 16 ? String.fromCharCode(...(await unpack(file, member))) : "";
  if (text !== "little" && text !== "big") refuse(file.name, `Unknown endianness type: ${text}`);
  return text;
}
