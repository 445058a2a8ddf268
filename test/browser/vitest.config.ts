import { mergeConfig } from "vitest/config";
import project from "../../vitest.config.js";

export default mergeConfig(
  { ...project, test: { ...project.test, include: [] } },
  { test: { include: ["test/browser/browser.ts", "test/browser/guide.ts"] } },
);
