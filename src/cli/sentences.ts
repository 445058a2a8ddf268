/** Sentences of the library as the command says them: to someone who has called no function and has flags. */

/** Advice, and how it is followed on a command line. */
const advice: readonly (readonly [library: string | RegExp, command: string])[] = [
  ["expected a file, got a folder or a device", "expected a file, or - for a pipe, got a folder or a device"],
  [", or take the weights by name with onnxTensors()", ""],
  ["in JavaScript { maxBytes } allows more", "--max-bytes allows more"],
  [/ by this key: stateDictOf\(checkpoint, "(.*)"\)$/s, " with --key, with dots where it lies within: --key $1"],
];

/** A message without the name of the function that it begins with, and with flags for options. */
export function sentence(message: string): string {
  return advice.reduce((text, [from, to]) => text.replace(from, to), message.replace(/^[\w.]+\(\):? /, ""));
}
