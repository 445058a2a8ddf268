/** What the build of the site knows of pages, of Markdown's links, of links between pages, and of what a page loads at first. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { deadLinks, firstLoad } from "../../site/files.js";
import { addressOf, anchorOf } from "../../site/guides.js";

const dist = mkdtempSync(join(tmpdir(), "elman-site-"));
afterAll(() => rmSync(dist, { recursive: true }));
function write(path: string, text: string): number {
  mkdirSync(dirname(join(dist, path)), { recursive: true });
  writeFileSync(join(dist, path), text);
  return gzipSync(text).length;
}

it("gives headings the anchors that GitHub gives them", () => {
  expect(anchorOf("To PyTorch, and back")).toBe("to-pytorch-and-back");
  expect(anchorOf("`elman-nn/stream`: step by step")).toBe("elman-nnstream-step-by-step");
  expect(anchorOf("与 PyTorch 往返")).toBe("与-pytorch-往返");
});

it("leads from guide to guide, and nowhere where only the repository has a file", () => {
  expect(addressOf("training.md#data")).toBe("./training.html#data");
  expect(addressOf("training.zh-CN.md")).toBe("./training.zh-CN.html");
  expect(addressOf("#here")).toBe("#here");
  expect(addressOf("https://pytorch.org")).toBe("https://pytorch.org");
  expect(addressOf("../examples/names/train.py")).toBeNull();
  expect(addressOf("../README.md")).toBeNull();
});

it("finds links that lead nowhere: files, anchors, and what lies outside", () => {
  write(
    "index.html",
    '<a href="a/b.html#there"></a><a href="?lang=zh"></a><h1 id="up"></h1><a href="https://x.org/y"></a>',
  );
  write("a/b.html", '<p id="there"></p><a href="../index.html#up"></a><img src="c.png">');
  expect(deadLinks(dist)).toEqual(["a/b.html: c.png leads nowhere"]);
  write("a/c.png", "");
  write("d.html", '<a href="a/b.html#nowhere"></a><a href="../e.html"></a><link href="f.css">');
  expect(deadLinks(dist)).toEqual([
    "d.html: a/b.html#nowhere leads nowhere",
    "d.html: ../e.html leads nowhere",
    "d.html: f.css leads nowhere",
  ]);
});

it("weighs what is loaded at once, each file once, and not what is imported later", () => {
  const page = write(
    "g/page.html",
    '<link rel="stylesheet" crossorigin href="../h/s.css"><script type="module" crossorigin src="../h/a.js"></script>',
  );
  const style = write("h/s.css", "a{color:red}");
  const script = write(
    "h/a.js",
    'import{x as e}from"./b.js";import"./c.js";const d=()=>import("./later.js");export{e,d};',
  );
  const b = write("h/b.js", 'export{y as x}from"./c.js";');
  const c = write("h/c.js", "const y=1;export{y};");
  write("h/later.js", `export const z="${"z".repeat(9999)}"`);
  expect(firstLoad(dist, "g/page.html")).toBe(page + style + script + b + c);
});

it("begins every page with the same head: only its script is its own", () => {
  const site = new URL("../../site/", import.meta.url);
  const pages = readdirSync(site).filter((name) => name.endsWith(".html"));
  expect(pages).toContain("index.html");
  const heads = pages.map((name) =>
    readFileSync(new URL(name, site), "utf8").replace(/src\/\w+\/page/, "src/NAME/page"),
  );
  expect(heads).toEqual(pages.map(() => heads[0]));
});
