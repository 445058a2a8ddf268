/**
 * `npm run bench -- --against REF`: the cases by this build and by that of a commit, in alternation. Both run this
 * benchmark's programs and are checked against the js device; of each pair of samples the ratio is taken, so that the
 * machine's fast and slow phases meet both alike, and of several pairs of processes, since each lays out its memory and
 * compiles its code a little differently.
 */

import { execFileSync } from "node:child_process";
import { cpSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extract, root } from "../scripts/tree.js";
import { type Case, numbers, type Pass } from "./cases.js";
import { Child } from "./engines.js";
import { answered, mustAgree, type Settings, warmed } from "./measure.js";
import { short, table, time } from "./report.js";
import { median, quantile } from "./statistics.js";

/** Pairs of processes. */
const PAIRS = 3;

/** What became of a case. */
export interface Compared {
  readonly case: string;
  readonly pass: Pass;
  /** Medians of a call, µs. */
  readonly here: number;
  readonly there: number;
  /** This build's time over the other's, one a pair of samples. */
  readonly ratios: readonly number[];
}

/** Builds a commit in a directory, with the packages and the benchmark of this tree. */
export function buildAt(ref: string, directory: string): void {
  extract(ref, directory);
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  execFileSync("npm", ["run", "--silent", "build"], {
    cwd: directory,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  rmSync(join(directory, "bench"), { recursive: true, force: true });
  cpSync(join(root, "bench"), join(directory, "bench"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
}

/** Times both builds in turn: first the one, then the other, and the other way round in the next pair. */
async function sampled(builds: readonly Child[], calls: number, count: number): Promise<number[][]> {
  const times: number[][] = [[], []];
  for (let i = 0; i < count; i++) {
    for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
      times[which].push((await builds[which].ask<{ us: number }>("round", { calls })).us);
    }
  }
  return times;
}

type Asked = Pick<Settings, "node" | "samples" | "limit" | "directory">;

async function compare(one: Case, pass: Pass, there: string, asked: Asked, isTimed: boolean): Promise<Compared | null> {
  const { node, samples, limit, directory } = asked;
  const times: number[][] = [[], []];
  for (let pair = 0; pair < (isTimed ? PAIRS : 1); pair++) {
    const builds = [root, there].map(
      (tree) => new Child(node, [join(tree, "bench/elman.mjs")], { ELMAN_DEVICE: "wasm" }),
    );
    try {
      for (const [i, file] of ["here", "there"].entries()) {
        await answered(builds[i], one, pass, { directory, limit, file });
        mustAgree(one, pass, directory, file);
      }
      if (!isTimed) continue;
      const [first, second] = [await warmed(builds[0]), await warmed(builds[1])];
      const taken = await sampled(builds, Math.max(first.calls, second.calls), Math.ceil(samples / PAIRS));
      taken.forEach((some, which) => void times[which].push(...some));
    } finally {
      for (const build of builds) build.close();
    }
  }
  if (!isTimed) return null;
  const [here, other] = times;
  const ratios = here.map((us, i) => us / other[i]);
  return { case: one.name, pass, here: median(here), there: median(other), ratios };
}

/** Every case in every pass; nothing is timed where the cases are tiny. */
export async function against(
  cases: readonly Case[],
  there: string,
  asked: Asked,
  isTimed: boolean,
  told: (one: Compared) => void,
): Promise<Compared[]> {
  const reference = new Child(asked.node, [join(root, "bench/elman.mjs")], { ELMAN_DEVICE: "js" });
  const rows: Compared[] = [];
  try {
    for (const one of cases) {
      writeFileSync(join(asked.directory, "data"), numbers(one));
      for (const pass of one.passes) {
        await answered(reference, one, pass, { ...asked, file: "reference" });
        const row = await compare(one, pass, there, asked, isTimed);
        if (row !== null) told(row);
        if (row !== null) rows.push(row);
      }
    }
  } finally {
    reference.close();
  }
  return rows;
}

/** The rows, the slowest first. */
export function comparison(rows: readonly Compared[], ref: string): string {
  const sorted = rows.toSorted((a, b) => median(b.ratios) - median(a.ratios));
  const body = sorted.map(({ case: name, pass, here, there, ratios }) => [
    ...[`${name} ${pass}`, time(here), time(there), short(median(ratios))],
    `${short(quantile(ratios, 0.25))}–${short(quantile(ratios, 0.75))}`,
  ]);
  return table(["", "here", ref, "median of ratios", "middle half"], body);
}
