/** What is written into a project, in a directory of its own. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { here } from "../../bench/engines.js";
import { legend, publish, replaced } from "../../bench/publish.js";
import { overview } from "../../bench/report.js";
import { TORCH_VERSION } from "../support/torch_python.js";
import { results } from "./support.js";

const page = "before\n<!-- bench:start -->\nold\n<!-- bench:end -->\nafter\n";

it("replaces what stands between the marks, and nothing else", () => {
  expect(replaced(page, "new")).toBe(page.replace("old", "new"));
  expect(() => replaced("no marks", "new")).toThrow("found no such block");
});

it("explains the tables, and names the versions that are pinned", () => {
  const { dependencies } = JSON.parse(readFileSync(here("peers/package.json"), "utf8"));
  expect(legend()).toContain(`onnxruntime-web ${dependencies["onnxruntime-web"]}, onnxruntime-node `);
  expect(legend()).toContain(`jax-js ${dependencies["@jax-js/jax"]}, PyTorch ${TORCH_VERSION}.`);
  expect(legend()).not.toContain("undefined");
  for (const sign of ["ragged", "±", "GFLOP/s", "Efficiency", "✓", "bold", "dash"]) expect(legend()).toContain(sign);
});

it("writes the guide in both languages, all rows and the chart", () => {
  const docs = mkdtempSync(join(tmpdir(), "elman-publish-"));
  try {
    for (const name of ["speed.md", "speed.zh-CN.md"]) writeFileSync(join(docs, name), page);
    publish(results, docs);
    const read = (name: string) => readFileSync(join(docs, name), "utf8");
    expect(read("speed.md")).toContain(overview(results));
    expect(read("speed.md")).not.toContain("old");
    expect(read("speed.zh-CN.md")).toBe(read("speed.md"));
    expect(read("speed.md")).toContain("A longer bar is faster.](bench.svg)");
    expect(read("bench.md")).toContain(legend());
    expect(read("bench.md")).toContain("## Node 24.1.0: 5 of 7 reached");
    expect(read("bench.svg")).toContain("<svg");
  } finally {
    rmSync(docs, { recursive: true });
  }
});
