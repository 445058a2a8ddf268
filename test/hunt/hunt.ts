/** The live comparison and the fuzzer in turn, each time with another seed, and the commands that repeat what they find. */

/** A runner, and what makes one run of it short. */
export interface Runner {
  /** As npm knows it. */
  readonly script: string;
  readonly options: readonly string[];
}

export const runners: readonly Runner[] = [
  { script: "test:torch", options: [] },
  { script: "fuzz", options: ["--cases", "10000", "--against-python"] },
];

/** What a run printed, and how it ended. */
export interface Outcome {
  readonly output: string;
  readonly code: number | null;
}

/** The flags of a failure which `--only` repeats alone: the comparison's FAILED and the fuzzer's DEFECT name them. */
const alone = /^(?:FAILED|DEFECT) (--seed \d+ (?:--count \d+ )?--only \d+)/gm;

/** The commands that repeat what a run found; where no number stands for it, the command of the whole run. */
export function repeats({ script, options }: Runner, seed: number, { output, code }: Outcome): string[] {
  if (code === 0) return [];
  const command = (flags: string) => `npm run ${script} -- ${flags}`;
  const read = options.includes("--against-python") ? " --against-python" : "";
  const found = [...output.matchAll(alone)].map(([, flags]) => command(flags + read));
  const failures = output.match(/^(FAILED|DEFECT) /gm)?.length ?? 0;
  if (failures > 0 && found.length === failures) return found;
  return [...found, command([`--seed ${seed}`, ...options].join(" "))];
}

/** What was tried and what was found. */
export interface Hunt {
  /** Runs, in the order of the runners. */
  readonly runs: readonly number[];
  readonly finds: readonly string[];
}

/**
 * Until it is over, and each runner once at least.
 * @param told hears of each find at once
 */
export async function hunt(
  isOver: () => boolean,
  run: (runner: Runner, seed: number) => Promise<Outcome>,
  draw: () => number,
  told: (command: string) => void,
): Promise<Hunt> {
  const runs = runners.map(() => 0);
  const finds: string[] = [];
  for (let turn = 0; turn < runners.length || !isOver(); turn++) {
    const which = turn % runners.length;
    const seed = draw();
    const found = repeats(runners[which], seed, await run(runners[which], seed));
    runs[which]++;
    finds.push(...found);
    found.forEach(told);
  }
  return { runs, finds };
}
