/**
 * Long work, which calls in between its portions: that is where progress is shown and where Ctrl-C is heard, since
 * JavaScript hears nothing while it computes.
 */

import { addAbortSignal, type Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { joined } from "../checkpoint/bytes/file.js";
import { CommandError, type Screen } from "./terminal.js";

/** Milliseconds between two looks. */
const interval = 50;

export class Job {
  private looked = performance.now();
  private isShown = false;

  constructor(
    private readonly screen: Screen,
    private readonly signal: AbortSignal,
    private readonly stdin: Readable & { readonly isTTY?: boolean },
  ) {}

  /**
   * Called between portions.
   * @param share how much is done, 0 … 1
   * @throws the signal's reason where the work is to stop
   */
  async at(what: string, share: number): Promise<void> {
    if (performance.now() - this.looked < interval) return;
    await this.look();
    this.show(what, share);
  }

  /** The same for what looks at a signal itself, and tells how far it is. */
  watch(what: string): { signal: AbortSignal; onProgress(done: number, total: number): void } {
    const onProgress = (done: number, total: number) => {
      if (performance.now() - this.looked < interval) return;
      this.looked = performance.now();
      this.show(what, done / total);
    };
    return { signal: this.signal, onProgress };
  }

  /**
   * All that stdin has.
   * @throws CommandError where nothing is piped into it, and for more than `most` bytes
   */
  async piped(most = Infinity): Promise<Uint8Array<ArrayBuffer>> {
    if (this.stdin.isTTY) throw new CommandError("- reads from a pipe, but stdin is a terminal", 2);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of addAbortSignal(this.signal, this.stdin) as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > most) throw new CommandError(`stdin has more than the ${most} bytes that --max-bytes allows`);
      parts.push(part);
    }
    return joined(parts);
  }

  private show(what: string, share: number): void {
    if (!this.screen.isTTY) return;
    this.screen.write(`\r${what} ${Math.floor(100 * share)} %\x1b[K`);
    this.isShown = true;
  }

  /** Before what cannot be undone: hears what came while nobody listened. */
  async look(): Promise<void> {
    await setImmediate();
    this.looked = performance.now();
    this.signal.throwIfAborted();
  }

  /** Takes the progress off the terminal. */
  clear(): void {
    if (this.isShown) this.screen.write("\r\x1b[K");
    this.isShown = false;
  }
}
