/**
 * Where a checkpoint comes from: anything that has bytes, read by range.
 *
 * What is read is always memory of its own, never the caller's: tensors may keep it. A path is opened once and closed
 * whatever happens; nothing is fetched from the network, since who fetches knows better what may be fetched.
 */

import { ElmanError, fail, typeName } from "../../base/errors.js";
import { isA, type OwnBytes } from "../../base/realm.js";
import { Progress, type ProgressOptions, portion, throwIfAborted } from "./progress.js";
import { nodeProcess, reasonOf } from "./system.js";

/** What of a `Blob` or `File` is used. */
export interface BlobLike {
  /** How many bytes. */
  readonly size: number;
  /** The bytes from `begin` up to `end`. */
  slice(begin: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** What of a `Response` is used. */
export interface ResponseLike {
  /** Whether the file came. */
  readonly ok: boolean;
  /** The number of HTTP that says so. */
  readonly status: number;
  /** Where it came from, for messages and the names of shards. */
  readonly url: string;
  /** The whole body. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Bytes, a Blob or File, a Response, or in Node a path or `file:` URL, which may be a string, too. */
export type Source = string | { readonly href: string } | ArrayBufferLike | ArrayBufferView | BlobLike | ResponseLike;

/** Bytes that can be read by range. */
export interface Bytes {
  /** How errors call it. */
  readonly name: string;
  readonly size: number;
  /** The bytes from `begin` to `end`, which the caller knows to be there, in memory of its own. */
  read(begin: number, end: number): Promise<OwnBytes>;
}

/** What is done with a source once it is open; `into` fills its target with the bytes from `begin` on. */
type Use<T> = (name: string, size: number, into: (begin: number, target: Uint8Array) => Promise<void>) => Promise<T>;

/** What is used of Node's file handle. */
interface Handle {
  stat(): Promise<{ size: number; isFile(): boolean }>;
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}
interface Modules {
  "node:fs": { promises: { open(path: string, flags: string): Promise<Handle> } };
  "node:url": { fileURLToPath(url: string): string };
}

/** The longest sentence: what files name may be as long as they like, what is said about it may not. */
const longest = 1000;

/**
 * Opens a source, hands it to `use`, and closes it.
 * @throws the signal's reason where it is aborted
 */
export async function withSource<T>(
  where: string,
  source: Source,
  options: ProgressOptions,
  use: (bytes: Bytes) => Promise<T>,
): Promise<T> {
  throwIfAborted(options);
  try {
    return await opened(where, source, async (name, size, into) => {
      const progress = new Progress(size, options);
      /** A portion at a time: one read of a file has a limit of 2 GiB, and a Blob hands out copies. */
      const read = async (begin: number, end: number) => {
        const whole = new Uint8Array(end - begin);
        for (let at = 0; at < whole.length; at += portion) {
          const part = whole.subarray(at, at + portion);
          await into(begin + at, part);
          progress.add(part.length);
        }
        return whole;
      };
      const value = await use({ name, size, read });
      progress.finish();
      return value;
    });
  } catch (error) {
    if (!(error instanceof ElmanError) || error.message.length <= longest) throw error;
    error.message = `${error.message.slice(0, longest / 2)} … ${error.message.slice(-longest / 4)}`;
    throw error;
  }
}

async function opened<T>(where: string, source: Source, use: Use<T>): Promise<T> {
  const memory = (name: string, bytes: Uint8Array) =>
    use(name, bytes.length, async (begin, target) => target.set(bytes.subarray(begin, begin + target.length)));
  if (typeof source === "string") return withFile(where, source, use);
  if (ArrayBuffer.isView(source)) {
    return memory("the given bytes", new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }
  if (isA(source, "ArrayBuffer") || isA(source, "SharedArrayBuffer"))
    return memory("the given bytes", new Uint8Array(source));
  if (typeof source === "object" && source !== null) {
    if ("href" in source) return withFile(where, String(source.href), use);
    if ("slice" in source && "size" in source) {
      const { name = "the given Blob" } = source as { name?: string };
      return use(name, source.size, async (begin, target) =>
        target.set(new Uint8Array(await source.slice(begin, begin + target.length).arrayBuffer())),
      );
    }
    if ("ok" in source && "arrayBuffer" in source) {
      if (!source.ok) fail("RuntimeError", `${where} expected a Response that is ok, got: status ${source.status}`);
      return memory(source.url || "the given Response", new Uint8Array(await source.arrayBuffer()));
    }
  }
  return fail("TypeError", `${where} expected bytes, a Blob, a Response or a path, got: ${typeName(source)}`);
}

async function withFile<T>(where: string, name: string, use: Use<T>): Promise<T> {
  const node = nodeProcess<Modules>();
  if (node === undefined || /^https?:/.test(name)) {
    fail("RuntimeError", `${where} reads paths in Node only, got: '${name}'; elsewhere give it \`await fetch(url)\``);
  }
  const open = async () => {
    const path = /^file:\/\//i.test(name) ? node.getBuiltinModule("node:url").fileURLToPath(name) : name;
    return node.getBuiltinModule("node:fs").promises.open(path, "r");
  };
  const handle = await open().catch((error) =>
    fail("RuntimeError", `${where} cannot read '${name}': ${reasonOf(error)}`),
  );
  try {
    const status = await handle.stat();
    if (!status.isFile()) fail("RuntimeError", `${where} expected a file, got a folder or a device: '${name}'`);
    return await use(name, status.size, async (begin, target) => {
      for (let at = 0; at < target.length; ) {
        const { bytesRead } = await handle.read(target, at, target.length - at, begin + at);
        if (bytesRead === 0) fail("RuntimeError", `${name} became shorter while it was read`);
        at += bytesRead;
      }
    });
  } finally {
    await handle.close();
  }
}
