#!/usr/bin/env node
/** The executable: ties the command to the process. The one file that acts when it is imported. */

import { reasonOf } from "../checkpoint/bytes/system.js";
import { command } from "./command.js";

const stop = new AbortController();
// Not once: where npx stands between, Ctrl-C comes from the terminal and from npx.
process.on("SIGINT", () => stop.abort(130));
process.on("SIGTERM", () => stop.abort(143));
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `| head` has read enough.
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`elman-nn: cannot write to stdout: ${reasonOf(error)}\n`);
  process.exit(1);
});

// Where nobody reads errors, they are nobody's.
process.stderr.on("error", () => {});

process.exitCode = await command(process.argv.slice(2), {
  stdin: process.stdin,
  out: process.stdout,
  err: process.stderr,
  signal: stop.signal,
  debug: Boolean(process.env.DEBUG),
});
