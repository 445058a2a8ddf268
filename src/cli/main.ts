#!/usr/bin/env node
/** The executable: ties the command to the process. The one file that acts when it is imported. */

import { command } from "./command.js";

const stop = new AbortController();
// Not once: where npx stands between, Ctrl-C comes from the terminal and from npx.
process.on("SIGINT", () => stop.abort(130));
process.on("SIGTERM", () => stop.abort(143));
// `| head` has read enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

process.exitCode = await command(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  signal: stop.signal,
  debug: Boolean(process.env.DEBUG),
});
