/** What test/fixtures/make_data.py wrote. */

import { readFileSync } from "node:fs";

// biome-ignore lint/suspicious/noExplicitAny: what a fixture holds
export const recorded: any = JSON.parse(readFileSync(new URL("../fixtures/data.json", import.meta.url), "utf8"));

/** All that an async iterable gives. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of source) list.push(one);
  return list;
}
