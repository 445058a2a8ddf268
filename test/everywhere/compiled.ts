/** The types of the package as a user's compiler reads them: every declaration checked, under each way of resolving. */

import { readFileSync } from "node:fs";
import { type Project, root } from "./project.js";

/** TypeScript's `moduleResolution`. */
export type Resolution = "nodenext" | "bundler" | "node10";

const shared = { strict: true, noEmit: true, skipLibCheck: false, types: [], lib: ["esnext"], target: "es2022" };
const options: Record<Resolution, object> = {
  nodenext: { ...shared, module: "nodenext", moduleResolution: "nodenext" },
  bundler: { ...shared, module: "esnext", moduleResolution: "bundler" },
  node10: { ...shared, module: "esnext", moduleResolution: "node" },
};

const entries = ["", "/checkpoint", "/convert", "/data", "/device", "/stream", "/train", "/watch"];
const everything = entries.map((entry, i) => `export * as all${i} from "elman-nn${entry}";\n`).join("");

/** @throws where a compiler refuses the entries or what test/types has of what must compile and what must not */
export async function compiled(
  project: Project,
  resolutions: readonly Resolution[],
  tsc = project.bin("tsc"),
): Promise<"compiles"> {
  const sources = ["arrays", "convert", "modules", "recurrent", "streams"].map((name) => [
    `${name}.ts`,
    readFileSync(`${root}test/types/${name}.ts`, "utf8"),
  ]);
  project.write({ "all.ts": everything, ...Object.fromEntries(sources) });
  for (const resolution of resolutions) {
    const config = `tsconfig.${resolution}.json`;
    project.write({ [config]: JSON.stringify({ compilerOptions: options[resolution], include: ["*.ts"] }) });
    await project.call(process.execPath, tsc, "-p", config);
  }
  return "compiles";
}
