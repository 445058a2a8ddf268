/**
 * What the reference adds to the comments of the sources: the meaning of words, and PyTorch's page of the same name.
 * Words that mean the same wherever they stand in the API: the reference explains a parameter or a property by them where
 * its own comment does not.
 */

import { Comment, type Reflection, ReflectionKind } from "typedoc";

/** Where PyTorch's names are explained, by the place of ours. */
const pages: Readonly<Record<string, string>> = {
  nn: "torch.nn.",
  "nn.functional": "torch.nn.functional.",
  "nn.utils.rnn": "torch.nn.utils.rnn.",
  optim: "torch.optim.",
  "optim.lrScheduler": "torch.optim.lr_scheduler.",
};
/** What PyTorch does not have, or has no page for. */
const ours = new Set(["ChainableLR", "RNNCellBase", "Recurrent", "checkCell", "splitDirections", "splitStates"]);

const glossary: Readonly<Record<string, string>> = {
  // Tensors
  dim: "The dimension; one below 0 is counted from the last.",
  keepdim: "Whether a dimension that is folded stays, with size 1. Default false.",
  dtype: "What kind of numbers: float32 unless it says otherwise.",
  shape: "How many there are along each dimension.",
  other: "A tensor of the same dtype whose shape broadcasts with this one's, or a number.",
  options: "What may be left out; each option has its default.",
  given: "What may be left out; each option has its default.",
  generator: "Where random numbers come from; `manualSeed`'s unless given.",
  requiresGrad: "Whether `backward` leaves a gradient in it.",
  // Layers
  inputSize: "Features of a step, C.",
  hiddenSize: "Units, H.",
  numLayers: "How many layers are stacked, L.",
  projSize: "The size of the projection, P; 0 for none.",
  bidirectional: "Whether a second direction reads the sequence from its end.",
  batchFirst: "Whether batched input and output are `[N, T, …]` instead of `[T, N, …]`.",
  bias: "Whether there are biases.",
  name: "The class's name, which no minifier changes.",
  prefix: "What stands before each name.",
  training: "Whether the module trains: dropout and running statistics depend on it.",
  // Optimisers and schedules
  optimizer: "The optimiser whose groups are scheduled or stepped.",
  dict: "What `stateDict()` gave, here or in PyTorch.",
};

const explained = ReflectionKind.Parameter | ReflectionKind.Property;

/** Gives a parameter or a property without a comment that of the glossary. */
export function explain(reflection: Reflection): void {
  const meaning = Object.hasOwn(glossary, reflection.name) ? glossary[reflection.name] : undefined;
  if (meaning === undefined || !reflection.kindOf(explained) || reflection.comment?.hasVisibleComponent()) return;
  reflection.comment = new Comment([{ kind: "text", text: meaning }]);
}

/** Ends the comment of what PyTorch has, too, with its page there, unless it names a source. */
export function nameSource(reflection: Reflection): void {
  const { comment, name, kind } = reflection;
  if (!(kind & (ReflectionKind.Class | ReflectionKind.CallSignature)) || comment === undefined || ours.has(name))
    return;
  const owner = kind === ReflectionKind.Class ? reflection : reflection.parent;
  const page = pages[owner?.parent?.getFullName().replace(/^elman-nn\./, "") ?? ""];
  const texts = [...comment.summary, ...comment.blockTags.flatMap(({ content }) => content)];
  if (page === undefined || texts.some(({ text }) => text.includes("https://"))) return;
  const theirs =
    page + (kind === ReflectionKind.Class ? name : name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase());
  const address = `https://docs.pytorch.org/docs/stable/generated/${theirs}.html`;
  comment.summary.push({ kind: "text", text: `\n\nSource: [${theirs}](${address})` });
}
