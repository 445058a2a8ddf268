import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^elman-nn$/, replacement: fileURLToPath(new URL("./src/index.ts", import.meta.url)) },
      { find: /^elman-nn\/(.*)$/, replacement: fileURLToPath(new URL("./src/$1/index.ts", import.meta.url)) },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "native/test/**/*.test.ts"],
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
