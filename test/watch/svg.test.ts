/** Curves as pictures: where points stand, and that names cannot break out. */

import { expect, it } from "vitest";
import { curves, svg } from "../../src/watch/index.js";
import { refusesSomehow } from "../support/nn_fixture.js";

const paths = (text: string) => [...text.matchAll(/class="curve"[^>]* d="([^"]*)"/g)].map(([, d]) => d);

it("draws each curve from the left edge to the right, high values above low ones", () => {
  const text = curves(
    {
      loss: [3, 2, 1],
      "<other>": [
        [0, 1],
        [2, 3],
      ],
    },
    { title: "a & b" },
  );
  const [falling, rising] = paths(text);
  expect(falling).toBe("M56.0 44.0L232.0 115.0L408.0 186.0");
  expect(rising).toBe("M56.0 186.0L408.0 44.0");
  expect(text).toContain("&#60;other&#62;");
  expect(text).toContain("a &#38; b");
  expect(text).not.toContain("<other>");
  expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 420 220"/);
});

it("leaves out what has no place, and takes logarithms", () => {
  const [path] = paths(curves({ norm: [100, 0, 1, Number.NaN] }, { log: true }));
  expect(path).toBe("M56.0 44.0L408.0 186.0");
  expect(paths(curves({ none: [], flat: [2, 2] }))).toEqual(["M0 0", "M56.0 115.0L408.0 115.0"]);
});

it("puts panels in rows of two", () => {
  const panel = { title: "", curves: { a: [1, 2] } };
  expect(svg([panel, panel, panel])).toContain('viewBox="0 0 840 440"');
  for (const wrong of [undefined, [], 5, [{}]] as never[]) refusesSomehow(() => svg(wrong));
  for (const wrong of [null, 5, { loss: 5 }] as never[]) refusesSomehow(() => curves(wrong));
});
