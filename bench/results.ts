/** What a run of the benchmark leaves behind: the JSON, and nothing that could be computed from it. */

import type { Pass } from "./cases.js";
import type { EngineName } from "./engines.js";
import type { Machine } from "./floor.js";
import type { OpRow } from "./ops_measure.js";

/** One engine on one case. */
export interface Row {
  readonly case: string;
  readonly pass: Pass;
  readonly engine: EngineName;
  /** How many were allowed: elman, which uses one, runs again beside those that may use two. */
  readonly threads: number;
  /** The version of the Node that ran it, or stood beside it. */
  readonly node: string;
  /** Of a call, µs; null where the engine has no number. */
  readonly medianUs: number | null;
  readonly minUs: number | null;
  /** Between the quartiles, µs. */
  readonly spreadUs: number | null;
  readonly samples: number;
  readonly gflops: number | null;
  /** The floor of one thread, by what the machine did in the same minute. */
  readonly floorUs: number;
  /** Why there is no number. */
  readonly reason?: string;
}

/** Where and when. */
export interface Run {
  readonly node: string;
  readonly processor: string;
  /** What it did best before the first case; of each cache half was read. */
  readonly machine: Machine;
}

export interface Results {
  readonly runs: readonly Run[];
  readonly rows: readonly Row[];
  /** Whole steps of the examples, beside the native device. */
  readonly steps?: readonly OpRow[];
}

/** Several results as one. */
export function joined(all: readonly Results[]): Results {
  return {
    runs: all.flatMap(({ runs }) => runs),
    rows: all.flatMap(({ rows }) => rows),
    steps: all.flatMap(({ steps = [] }) => steps),
  };
}

/** A row, or undefined. */
export function find(rows: readonly Row[], by: Partial<Row>): Row | undefined {
  const keys = Object.keys(by) as (keyof Row)[];
  return rows.find((row) => keys.every((key) => row[key] === by[key]));
}
