/**
 * What of Node checkpoints use, asked for when it is needed: elsewhere there is none. And what a system refuses, in words.
 *
 * Nothing is opened or written here.
 */

interface Process<Modules> {
  readonly pid: number;
  getBuiltinModule?<Name extends keyof Modules>(name: Name): Modules[Name];
}

/** The process as one that has these modules; undefined where there is no Node. */
export function nodeProcess<Modules>(): Required<Process<Modules>> | undefined {
  const { process } = globalThis as { process?: Process<Modules> };
  return typeof process?.getBuiltinModule === "function" ? (process as Required<Process<Modules>>) : undefined;
}

interface Timers {
  "node:timers/promises": { setImmediate(): Promise<void> };
}

/** Lets in what waits to be heard; in Node only. */
export async function pause(): Promise<void> {
  await nodeProcess<Timers>()?.getBuiltinModule("node:timers/promises").setImmediate();
}

/** Why a call of Node's failed: `no such file or directory`, without the code and without the call. */
export function reasonOf(error: unknown): string {
  const { code, syscall, message } = error as Error & { code?: string; syscall?: string };
  if (syscall === undefined) return message;
  return message.replace(`${code}: `, "").replace(new RegExp(`, ${syscall}( '.*)?$`, "s"), "");
}
