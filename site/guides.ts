/**
 * The guides: each Markdown file of docs/ as a page of the site, whole without script. Code is coloured by classes, since the
 * policy knows no inline styles; what a link means on a page that has no repository around it is settled here.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import hljs from "highlight.js";
import MarkdownIt, { type Token } from "markdown-it";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const out = fileURLToPath(new URL("guides/", import.meta.url));

/** In the order in which they are read; what else lies in docs/ comes behind them. */
const order = ["pytorch", "streaming", "training", "files", "speed", "cells", "native", "house", "scale"];
const words = {
  en: { guides: "Guides", permalink: "Link to this section" },
  zh: { guides: "指南", permalink: "本节的链接" },
};

export interface Guide {
  /** The file without its endings: a guide and its translation have the same. */
  readonly name: string;
  readonly language: "en" | "zh";
  readonly title: string;
  readonly tokens: Token[];
}

const markdown = new MarkdownIt({ html: true });
const { escapeHtml } = markdown.utils;
const fileOf = ({ name, language }: Pick<Guide, "name" | "language">, ending: string) =>
  `${name}${language === "zh" ? ".zh-CN" : ""}.${ending}`;

/** What stands in a heading or a link, as text. */
const plain = (token: Token | undefined): string =>
  (token?.children ?? []).map((child) => (child.type === "softbreak" ? " " : child.content)).join("");

/** The anchor of a heading, as GitHub has it: links in the files hold there and here. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

/** The address of a link on the page; null for what only the repository has. */
export function addressOf(link: string): string | null {
  if (/^(https?:|mailto:|#)/.test(link)) return link;
  const [path = "", anchor] = link.split("#");
  const inside = posix.normalize(path);
  if (inside.startsWith("..") || !inside.endsWith(".md")) return null;
  return `./${inside.replace(/md$/, "html")}${anchor === undefined ? "" : `#${anchor}`}`;
}

function settleLinks(tokens: Token[]): void {
  for (const [i, token] of tokens.entries()) {
    if (token.type === "image") {
      const source = token.attrGet("src") ?? "";
      // Vite takes the file from there and puts it beside the page.
      if (!/^(https?|data):/.test(source)) token.attrSet("src", posix.join("../../docs", source));
    }
    if (token.type !== "link_open") continue;
    const address = addressOf(token.attrGet("href") ?? "");
    if (address !== null) {
      token.attrSet("href", address);
      continue;
    }
    const close = tokens.slice(i).find((other) => other.type === "link_close");
    const tag = tokens[i + 1]?.type === "text" ? "code" : "span";
    for (const end of [token, close]) if (end) Object.assign(end, { tag, attrs: null });
  }
}

/** Gives the headings of a guide their anchors. */
function settleHeadings(tokens: Token[]): void {
  const taken = new Map<string, number>();
  for (const [i, token] of tokens.entries()) {
    if (token.type !== "heading_open" || token.tag === "h1") continue;
    const base = anchorOf(plain(tokens[i + 1]));
    const count = taken.get(base) ?? 0;
    taken.set(base, count + 1);
    const anchor = count === 0 ? base : `${base}-${count}`;
    token.attrSet("id", anchor);
    tokens
      .slice(i)
      .find((other) => other.type === "heading_close")
      ?.attrSet("id", anchor);
  }
}

markdown.renderer.rules.heading_close = (tokens, index, _options, { language }) => {
  const { tag, attrs } = tokens[index] as Token;
  if (attrs === null) return `</${tag}>\n`;
  return ` <a class="anchor" href="#${encodeURIComponent(attrs[0]?.[1] ?? "")}" aria-label="${words[language].permalink}">#</a></${tag}>\n`;
};
markdown.renderer.rules.fence = (tokens, index) => {
  const { info = "", content = "" } = tokens[index] ?? {};
  const [language = ""] = info.split(" ");
  const code = hljs.getLanguage(language) ? hljs.highlight(content, { language }).value : escapeHtml(content);
  return `<pre tabindex="0"><code>${code}</code></pre>\n`;
};
// What may be wider than the screen scrolls in a box of its own, which the keyboard reaches.
markdown.renderer.rules.table_open = () => '<div class="wide" role="group" tabindex="0"><table>\n';
markdown.renderer.rules.table_close = () => "</table></div>\n";
for (const cell of ["th_open", "td_open"]) {
  markdown.renderer.rules[cell] = (tokens, index) => {
    const { tag, attrs } = tokens[index] as Token;
    return attrs === null ? `<${tag}>` : `<${tag} class="${attrs[0]?.[1].replace("text-align:", "")}">`;
  };
}

function guideOf(file: string): Guide {
  const language = file.endsWith(".zh-CN.md") ? "zh" : "en";
  const name = file.replace(/(\.zh-CN)?\.md$/, "");
  const tokens = markdown.parse(readFileSync(`${docs}${file}`, "utf8"), { language });
  if (tokens[0]?.tag !== "h1") throw new Error(`docs/${file}: a guide begins with its title`);
  const title = plain(tokens[1]);
  // The line of links below the title is for readers of the repository: the page has its frame.
  const other = fileOf({ name, language: language === "zh" ? "en" : "zh" }, "md");
  if (tokens[4]?.children?.some((token) => token.attrGet("href") === other)) tokens.splice(3, 3);
  for (const token of tokens) if (token.children) settleLinks(token.children);
  settleHeadings(tokens);
  return { name, language, title, tokens };
}

/** Where a guide stands among the others. */
const place = ({ name }: Guide) => (order.indexOf(name) + order.length + 1) % (order.length + 1);

function pageOf(guide: Guide, all: readonly Guide[]): string {
  const { language, name, title } = guide;
  const inOther = all.filter((one) => one.language !== language);
  // What has no Chinese page is listed in English.
  const listed = all.filter(
    (one) =>
      one.language === language || (one.language === "en" && !all.some((two) => two !== one && two.name === one.name)),
  );
  const items = listed.map((one) => {
    const current = one === guide ? ' aria-current="page"' : "";
    const foreign = one.language === language ? "" : ' lang="en"';
    return `<li><a href="./${fileOf(one, "html")}"${current}${foreign}>${escapeHtml(one.title)}</a></li>`;
  });
  const translated = inOther.find((one) => one.name === name) ?? inOther[0];
  const other = translated === undefined ? "." : fileOf(translated, "html");
  return `<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}" data-root=".." data-other="./${other}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="description" content="${escapeHtml(title)}" />
    <title>${escapeHtml(title)} · elman</title>
    <link rel="icon" href="../src/icon.svg" />
    <link rel="stylesheet" href="../src/style.css" />
    <link rel="stylesheet" href="../src/guides/guides.css" />
    <script type="module" src="../src/guides/page.tsx"></script>
  </head>
  <body>
    <div id="header"></div>
    <div class="guide">
      <nav aria-label="${words[language].guides}"><ul>${items.join("")}</ul></nav>
      <main id="content"><article>
${markdown.renderer.render(guide.tokens, markdown.options, { language })}
      </article></main>
    </div>
    <div id="footer"></div>
  </body>
</html>
`;
}

/** Writes the guides' pages beside the others, where Vite finds them. */
export function writeGuides(): Guide[] {
  const guides = readdirSync(docs)
    .filter((file) => file.endsWith(".md"))
    .map(guideOf)
    .sort((a, b) => place(a) - place(b));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  for (const guide of guides) writeFileSync(`${out}${fileOf(guide, "html")}`, pageOf(guide, guides));
  return guides;
}
