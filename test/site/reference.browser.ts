/** The reference: every public name is explained, and every parameter; it can be searched. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { entries, ReflectionKind as Kind } from "../../site/reference.js";
import { useSite, visit } from "./pages.js";

useSite();

interface Comment {
  summary?: { text: string }[];
  blockTags?: { tag: string; content: { text: string }[] }[];
}
/** Of TypeDoc's JSON, what is read here. */
interface Named {
  name: string;
  kind: Kind;
  comment?: Comment;
  flags: { isPrivate?: boolean; isProtected?: boolean };
  inheritedFrom?: object;
  children?: Named[];
  signatures?: Named[];
  getSignature?: Named;
  parameters?: Named[];
  type?: { type: string; declaration?: Named };
}
const project = JSON.parse(readFileSync(new URL("../../site/reference.json", import.meta.url), "utf8")) as Named;

const textOf = ({ comment = {} }: Named): string =>
  [...(comment.summary ?? []), ...(comment.blockTags ?? []).flatMap(({ content }) => content)]
    .map(({ text }) => text)
    .join(" ")
    .trim();
const summaryOf = ({ comment = {} }: Named): string =>
  [...(comment.summary ?? [])]
    .map(({ text }) => text)
    .join("")
    .trim();

const explained =
  Kind.Module |
  Kind.Namespace |
  Kind.Variable |
  Kind.Class |
  Kind.Interface |
  Kind.Property |
  Kind.TypeAlias |
  Kind.CallSignature |
  Kind.GetSignature;

/**
 * What is public and not explained. A parameter has a description of its own, or is spoken of by name where its function
 * or class is. What is inherited is explained where it comes from; a constructor is explained by its class.
 */
function unexplained(named: Named, path: string, outer: string): string[] {
  if (named.inheritedFrom || named.flags.isPrivate || named.flags.isProtected) return [];
  const name = `${path} ${named.name}`;
  const { children = [], signatures = [], getSignature, parameters = [], type } = named;
  const text = `${textOf(named)} ${outer}`;
  const own = named.kind & explained && named.name !== "__type" && summaryOf(named) === "" ? [name] : [];
  const silent = parameters
    .filter((parameter) => parameter.name !== "this" && textOf(parameter) === "")
    .filter((parameter) => !new RegExp(`(?<![\\w$])${parameter.name}(?![\\w$])`).test(text))
    .map((parameter) => `${name}(${parameter.name})`);
  const inner = [...children, ...signatures, ...(getSignature ? [getSignature] : [])];
  if (named.kind === Kind.TypeAlias && type?.declaration) inner.push(type.declaration);
  const around = named.kind & (Kind.Class | Kind.TypeAlias) ? text : outer;
  return [...own, ...silent, ...inner.flatMap((each) => unexplained(each, name, around))];
}

it("has every entry of the package", () => {
  expect(project.children?.map(({ name }) => name).sort()).toEqual([...entries().keys()].sort());
});

it("explains every public name and every parameter", () => {
  expect(project.children?.flatMap((entry) => unexplained(entry, "", ""))).toEqual([]);
});

it("says where every layer, function and optimiser of PyTorch's comes from", () => {
  const within = (named: Named | undefined, ...path: string[]) =>
    path.reduce((inner, name) => inner?.children?.find((child) => child.name === name), named);
  const entry = within(project, "elman-nn");
  const places = [["nn"], ["nn", "functional"], ["nn", "utils", "rnn"], ["optim"], ["optim", "lrScheduler"]];
  const named = places.flatMap((path) => within(entry, ...path)?.children ?? []);
  const theirs = named.flatMap((each) => (each.kind === Kind.Class ? [each] : (each.signatures ?? [])));
  expect(theirs.length).toBeGreaterThan(100);
  const without = theirs.filter((each) => !textOf(each).includes("://")).map(({ name }) => name);
  // What PyTorch does not have, or has no page for.
  const own = ["ChainableLR", "RNNCellBase", "Recurrent", "checkCell", "splitDirections", "splitStates"];
  expect(without.sort()).toEqual(own);
});

it("is searched, and leads back to the site", async () => {
  const page = await visit("reference/index.html", {});
  await page.getByRole("button", { name: "Search" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("packPaddedSequence");
  await page
    .getByRole("option", { name: /packPaddedSequence/ })
    .first()
    .click();
  await page.waitForURL("**/reference/functions/elman-nn.nn.utils.rnn.packPaddedSequence.html");
  await page.getByRole("link", { name: "← elman" }).click();
  await page.waitForURL("**/some/path/index.html");
  await page.context().close();
});
