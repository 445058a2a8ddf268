/** READMEs and guides as tests read them: their blocks of code, what these print, their headings and links. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const text = (name: string): string => readFileSync(`${root}${name}`, "utf8");

/** The guides that run, each with a Chinese one beside it. */
export const guides = ["pytorch", "streaming", "training", "files", "speed", "cells", "house", "native"].map(
  (name) => `docs/${name}.md`,
);
export const chinese = (name: string): string => name.replace(/\.md$/, ".zh-CN.md");

export interface Block {
  /** `ts`, `python`, `sh`, or nothing: what a command prints. */
  readonly language: string;
  /** The file that it is, in a browser; null for a piece of the page's program. */
  readonly file: string | null;
  readonly code: string;
}

/** What stands between fences, in its order. */
export function blocks(name: string): Block[] {
  return [...text(name).matchAll(/^```(\w*)(?: (\S+))?\n(.*?)^```$/gms)].map(([, language, file, code]) => {
    return { language, file: file ?? null, code };
  });
}

/** The pieces of TypeScript that run in Node. */
export const samples = (name: string): string[] =>
  blocks(name).flatMap(({ language, file, code }) => (language === "ts" && file === null ? [code] : []));

/** What is the same in every language. */
export function withoutComments({ language, file, code }: Block): Block {
  const comment = language === "ts" ? / *(\/\/|\/\*\*).*$/gm : / *#.*$/gm;
  return { language, file, code: code.replace(comment, "") };
}

/** What each `console.log(…); // text` promises. */
export const promises = (code: string): string[] =>
  [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, promised]) => promised);

/** Without blocks of code: what is read as Markdown. */
const prose = (name: string) => text(name).replace(/^```.*?^```$/gms, "");

/** The headings, each with its depth and the anchor that it gets. */
export function headings(name: string): { depth: number; anchor: string }[] {
  return [...prose(name).matchAll(/^(#+) (.*)$/gm)].map(([, signs, title]) => {
    const anchor = title.toLowerCase().replace(/[^\p{L}\p{N}\p{M} _-]/gu, "");
    return { depth: signs.length, anchor: anchor.replaceAll(" ", "-") };
  });
}

/** Where links and pictures lead: the address of each. */
export const links = (name: string): string[] =>
  [...prose(name).matchAll(/\]\(([^)\s]+)\)/g)].map(([, address]) => address);
