import { mergeConfig } from "vitest/config";
import project from "../../vitest.config.js";

export default mergeConfig(
  { ...project, test: { ...project.test, include: [] } },
  { test: { include: ["test/site/*.browser.ts"], maxWorkers: 1, expect: { poll: { timeout: 60_000 } } } },
);
