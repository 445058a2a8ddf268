/** What is written into a project, in a directory of its own. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { publish, replaced } from "../../bench/publish.js";
import { overview } from "../../bench/report.js";
import { results } from "./support.js";

const page = "before\n<!-- bench:start -->\nold\n<!-- bench:end -->\nafter\n";

it("replaces what stands between the marks, and nothing else", () => {
  expect(replaced(page, "new")).toBe(page.replace("old", "new"));
  expect(() => replaced("no marks", "new")).toThrow("found no such block");
});

it("writes both READMEs, all rows and the chart", () => {
  const root = mkdtempSync(join(tmpdir(), "elman-publish-"));
  try {
    for (const name of ["README.md", "README.zh-CN.md"]) writeFileSync(join(root, name), page);
    publish(results, root);
    const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");
    expect(read("README.md")).toContain(overview(results));
    expect(read("README.md")).not.toContain("old");
    expect(read("README.zh-CN.md")).toBe(read("README.md"));
    expect(read("docs", "bench.md")).toContain("## Node 24.1.0: 5 of 7 reached");
    expect(read("docs", "bench.svg")).toContain("<svg");
  } finally {
    rmSync(root, { recursive: true });
  }
});
