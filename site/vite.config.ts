/** How the pages are built: static files with relative addresses, which any server may serve from any path. */

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { policy } from "./policy.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Every page has the policy that it runs under in itself. Not while Vite serves sources: its client adds styles by script. */
const strict: Plugin = {
  name: "policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" },
  ],
};

/** The pages, and the guides that guides.ts has written. */
const pages = readdirSync(here("."), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".html") && !/^(dist|node_modules)/.test(path))
  .map((path) => here(path));

export default defineConfig({
  root: here("."),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    alias: [
      { find: /^elman-nn$/, replacement: here("../src/index.ts") },
      { find: /^elman-nn\/(.*)$/, replacement: here("../src/$1/index.ts") },
    ],
  },
  plugins: [strict],
  worker: { format: "es" },
  // What a page needs is a file of its own: the policy knows no data: but for pictures.
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages, checks: { pluginTimings: false } },
  },
  server: { fs: { allow: [here("..")] } },
});
