/** The chart's bars and words, from results made up for it. */

import { describe, expect, it } from "vitest";
import { caption, chart } from "../../bench/chart.js";
import { results } from "./support.js";

const svg = chart(results);

describe("chart", () => {
  it("draws a bar an engine, as long as it is fast in its panel", () => {
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(widths).toEqual([180, 1, 162, 108, 180, 180, 72]);
  });

  it("names each panel, engine and time, and leaves out what was not measured", () => {
    expect([...svg.matchAll(/class="title">([^<]*)</g)].map((match) => match[1])).toEqual([
      "LSTM, one step, 64 units",
      "LSTM, 100 steps, 1 sequence, 128 units",
      "GRU, 100 steps, 1 sequence, 128 units",
    ]);
    expect(svg).toContain(">1.25 ms</text>");
    expect(svg.match(/>PyTorch</g)).toHaveLength(2);
    expect(svg.match(/<rect [^>]*class="own"/g)).toHaveLength(3);
  });

  it("says which bars are fast, to the eye and otherwise", () => {
    expect(caption(results)).toBe("The time of a call under Node 24.1.0, one thread. A longer bar is faster.");
    expect(svg).toContain(`aria-label="${caption(results)}"`);
    expect(svg).toContain(`>${caption(results)}</text>`);
  });

  it("serves light and dark", () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 1200 \d+"/);
    expect(svg).toContain("@media (prefers-color-scheme: dark)");
  });
});
