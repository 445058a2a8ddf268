/**
 * A training in one file: whatever keeps a state, and where the random stream stands. A file is written whole or not at
 * all, so a process may end at any moment; what goes on from the file ends at the same bits as what never stopped.
 */

import { fail, mistyped } from "../base/errors.js";
import { loadTorch, type Savable, type Source, saveTorch } from "../checkpoint/index.js";
import { randomState, setRandomState } from "../data/random_state.js";
import { defaultGenerator } from "../tensor/chance.js";

/** A model, an optimiser, a scheduler, a loader, a training. */
export interface Stateful {
  /** What it needs to go on: dicts, lists, numbers, texts and tensors. */
  stateDict(): unknown;
  /** Takes over what `stateDict()` gave: the `dict`. */
  loadStateDict(dict: never): unknown;
}

/** What a run is made of, by name. */
export type Run = Readonly<Record<string, Stateful>>;

/** Where the state of the default generator stands: torch.set_rng_state() takes it. */
const stream = "rng_state";

function checkRun(where: string, run: Run): [string, Stateful][] {
  const parts = typeof run === "object" && run !== null ? Object.entries(run) : [];
  if (parts.length === 0) mistyped(`${where} expected { model, optimizer, … }`, run);
  for (const [name, part] of parts) {
    if (typeof part?.stateDict !== "function" || typeof part.loadStateDict !== "function" || name === stream) {
      mistyped(`${where} expected '${name}' to have stateDict() and loadStateDict()`, part);
    }
  }
  return parts;
}

/**
 * Writes a run to a `.pt` that `torch.load(path, weights_only=True)` opens: each part's state under its name, and the
 * state of the default generator as `rng_state`. In Node.
 * @param run `{ model, optimizer, scheduler, loader }`, or the `parts` of a `fit`
 * @throws RuntimeError where the file cannot be written
 */
export async function saveRun(path: string, run: Run): Promise<void> {
  const states = checkRun("saveRun()", run).map(([name, part]) => [name, part.stateDict() as Savable] as const);
  await saveTorch({ ...Object.fromEntries(states), [stream]: randomState(defaultGenerator()) }, path);
}

/**
 * Goes on where a run was saved: the same parts take their states over, and the default generator its own.
 * @param source what `saveRun` wrote: a path, a Blob, a Response or bytes
 * @param run the parts by the names under which they were saved
 * @throws ValueError for a file that lacks a part, and what the parts throw for a state that does not fit
 */
export async function loadRun(source: Source, run: Run): Promise<void> {
  const parts = checkRun("loadRun()", run);
  const file = await loadTorch(source);
  for (const name of [...parts.map(([name]) => name), stream]) {
    if (!file.has(name))
      fail("ValueError", `loadRun() expected '${name}' in the file, which has: ${[...file.keys()].join(", ")}`);
  }
  for (const [name, part] of parts) part.loadStateDict(file.get(name) as never);
  setRandomState(defaultGenerator(), file.get(stream));
}
