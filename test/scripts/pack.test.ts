import { expect, it } from "vitest";
import { withoutRelativeLinks } from "../../scripts/pack.js";

it("leaves links to pages, and of links to files what they say", () => {
  const text = [
    "![a chart](docs/bench.svg)\n\n[Guide](docs/a.md) · [torch](https://docs.pytorch.org) · [docs/b.md](docs/b.md)",
    "[rnn](test/rnn.test.ts), [`train`](examples/names/train.py)",
  ].join("\n");
  expect(withoutRelativeLinks(text)).toBe(
    "Guide (`docs/a.md`) · [torch](https://docs.pytorch.org) · docs/b.md\nrnn, train",
  );
});
