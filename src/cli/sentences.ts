/** Sentences of the library as the command says them: to someone who has called no function and has flags. */

/** Advice, and how it is followed on a command line. */
const advice: readonly (readonly [library: string, command: string])[] = [
  ["expected a file, got a folder or a device", "expected a file, or - for a pipe, got a folder or a device"],
  ["in JavaScript { maxBytes } allows more", "--max-bytes allows more"],
  ["; name the one to take", "; name the one to take with --key, with dots where it lies within: --key ema.model"],
];

/** A message without the name of the function that it begins with, and with flags for options. */
export function sentence(message: string): string {
  return advice.reduce((text, [from, to]) => text.replace(from, to), message.replace(/^[\w.]+\(\):? /, ""));
}
