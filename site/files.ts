/** What the built pages say of each other: the links that lead nowhere, and what a first visit loads. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const attributes = (html: string, names: string) =>
  [...html.matchAll(new RegExp(`<[a-z][^>]*?\\s(?:${names})="([^"]*)"`, "gi"))].map((match) =>
    (match[1] as string).replaceAll("&amp;", "&").replaceAll("&quot;", '"'),
  );

/** All pages below a directory, as paths in it. */
export const pagesOf = (dist: string): string[] =>
  readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".html"));

/** Every link of a page to the site itself whose file or anchor is not there, as a sentence. Other hosts are not asked. */
export function deadLinks(dist: string): string[] {
  const anchors = new Map<string, Set<string>>();
  const pages = pagesOf(dist).map((path) => join(dist, path));
  const texts = new Map(pages.map((path) => [path, readFileSync(path, "utf8")]));
  for (const [path, html] of texts) anchors.set(path, new Set(attributes(html, "id|name")));
  const dead: string[] = [];
  for (const [page, html] of texts) {
    for (const link of new Set(attributes(html, "href|src|data-other"))) {
      if (/^(https?|mailto|data|blob):/.test(link)) continue;
      const [path = "", anchor = ""] = link
        .replace(/\?[^#]*/, "")
        .split("#")
        .map(decodeURIComponent);
      const file = path === "" ? page : join(dirname(page), path);
      const found = path.endsWith(".html") || path === "" ? texts.has(file) : existsSync(file);
      const missing = file.endsWith(".html") && anchor !== "" && !anchors.get(file)?.has(anchor);
      if (relative(dist, file).startsWith("..") || !found || missing)
        dead.push(`${relative(dist, page)}: ${link} leads nowhere`);
    }
  }
  return dead;
}

/** The script and all that it imports before it runs. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = readFileSync(file, "utf8");
  for (const [, path] of code.matchAll(
    /(?:^|[;}\s])(?:import|export)\s*(?:[\w$*{}\s,]*?\bfrom\s*)?["'](\.[^"']+)["']/g,
  )) {
    withImports(join(dirname(file), path as string), seen);
  }
  return seen;
}

/** What a first visit of a page loads, gzipped, in bytes: the page, its styles, its scripts and what they import at once. */
export function firstLoad(dist: string, page: string): number {
  const html = readFileSync(join(dist, page), "utf8");
  const at = (path: string) => join(dist, dirname(page), path);
  const styles = [...html.matchAll(/<link[^>]+rel="stylesheet"[^>]*?href="([^"]+)"/g)].map((match) =>
    at(match[1] as string),
  );
  const scripts = [...html.matchAll(/<script[^>]+src="([^"]+)"/g)].flatMap((match) => [
    ...withImports(at(match[1] as string)),
  ]);
  const files = new Set([join(dist, page), ...styles, ...scripts]);
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
}
