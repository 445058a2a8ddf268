/** How whoever waits for a file learns how far it is, and stops it: what loading and saving have in common. */

import { fail, shown } from "../../base/errors.js";

/** What of an `AbortSignal` is used. */
export interface AbortSignalLike {
  /** Whether to stop. */
  readonly aborted: boolean;
  /** What the stopped work throws. */
  readonly reason?: unknown;
}

/** What every way of loading a file and of saving one takes. */
export interface ProgressOptions {
  /**
   * Stops the work once it is aborted: the promise rejects with the signal's reason, and no file is left behind. It is
   * looked at before the first byte, at least every 16 MiB, and after the last.
   */
  signal?: AbortSignalLike | undefined;
  /**
   * Called with the number of bytes done and of bytes in all: at least every 16 MiB, and often enough to show per cents.
   * `done` grows from call to call and equals `total` in the last. What it throws stops the work as the signal does.
   */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Bytes read or written between two looks at the signal. */
export const portion = 1 << 24;

/** @throws TypeError for a signal that is none, and for an onProgress that is no function */
export function checkProgress(where: string, { signal, onProgress }: ProgressOptions): void {
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    fail("TypeError", `${where} expected signal as an AbortSignal, got: ${shown(signal)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    fail("TypeError", `${where} expected onProgress as a function, got: ${shown(onProgress)}`);
  }
}

/** @throws the signal's reason where it is aborted */
export function throwIfAborted({ signal }: ProgressOptions): void {
  if (signal?.aborted) throw signal.reason;
}

/** The state of one piece of work, of which `total` bytes are to be done. */
export class Progress {
  private done = 0;
  private told = 0;

  constructor(
    private readonly total: number,
    private readonly options: ProgressOptions,
  ) {}

  /**
   * Counts bytes that are done, of which there may be more than were expected.
   * @throws the signal's reason where it is aborted
   */
  add(bytes: number): void {
    throwIfAborted(this.options);
    this.done = Math.min(this.total, this.done + bytes);
    const news = this.done - this.told;
    if (news === 0 || (news < Math.min(portion, this.total / 100) && this.done < this.total)) return;
    this.told = this.done;
    this.options.onProgress?.(this.done, this.total);
  }

  /** Counts whatever is left. */
  finish(): void {
    this.add(this.total);
  }
}
