import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The native device's tests, where there is one: npm ci says so where it was not built. */
const native = existsSync(fileURLToPath(new URL("./native/build/Release/elman.node", import.meta.url)))
  ? ["native/test/**/*.test.ts"]
  : [];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^elman-nn$/, replacement: fileURLToPath(new URL("./src/index.ts", import.meta.url)) },
      { find: /^elman-nn\/(.*)$/, replacement: fileURLToPath(new URL("./src/$1/index.ts", import.meta.url)) },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", ...native],
    // Whoever asks for the native device gets it: a package of its own must make itself known.
    setupFiles: process.env.ELMAN_DEVICE === "native" ? ["native/src/register.ts"] : [],
    allowOnly: false,
    // Against what hangs. How long a test takes is not judged: a machine may have a tenth of another's pace.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    execArgv: ["--expose-gc"],
    maxWorkers: "100%",
  },
});
