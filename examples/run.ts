/**
 * `npm run example -- NAME [--quick]`: trains one of the examples, tells how well it does, and draws it.
 * `npm run example -- voice [FILE.wav]` finds the speech in a sound.
 * `npm run example -- NAME --begin FILE` writes what NAME/train.py begins with instead: weights and a hundred batches.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Begun, firstBatches, type Length, saveBegun } from "./begun.js";

const examples = {
  tagger: () => import("./tagger/main.js"),
  forecast: () => import("./forecast/main.js"),
  text: () => import("./text/main.js"),
};

const options = { quick: { type: "boolean", default: false }, begin: { type: "string" } } as const;

/** Pictures go where git does not look. */
function draw(name: string, picture: string): void {
  const file = new URL(`out/${name}.svg`, import.meta.url);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, picture);
  console.log(`Drawn in ${relative(process.cwd(), fileURLToPath(file))}.`);
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [name] = positionals;
  if (name === "names") {
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...(values.quick ? ["--from-scratch", "--epochs", "1"] : []));
    await import("./names/main.js");
    return;
  }
  if (name === "voice" && positionals.length <= 2 && values.begin === undefined) {
    const { main } = await import("./voice/main.js");
    draw(name, await main(positionals[1]));
    return;
  }
  if (positionals.length !== 1 || !Object.hasOwn(examples, name)) {
    throw new Error(
      `expected one of names, voice [FILE.wav], ${Object.keys(examples).join(", ")}, got: ${positionals.join(" ")}`,
    );
  }
  const { begin, main } = await examples[name as keyof typeof examples]();
  if (values.begin === undefined) {
    draw(name, await main(values.quick ? "quick" : "full"));
    return;
  }
  const begun = (await begin("full" satisfies Length)) as unknown as Begun<unknown>;
  await saveBegun(begun, await firstBatches(begun, 100), values.begin);
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
