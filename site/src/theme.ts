/** Light or dark: the system's choice until the switch says otherwise. Pictures that a canvas draws ask for colours here. */

import { keep, kept } from "./kept.js";

const key = "elman.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export type Theme = "light" | "dark";

export function theme(): Theme {
  const chosen = kept(key);
  return chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
}

/** Says the theme to the style sheet, and to whoever listens for `elman-theme` on the document. */
export function showTheme(): void {
  document.documentElement.dataset.theme = theme();
  document.dispatchEvent(new Event("elman-theme"));
}

export function toggleTheme(): void {
  keep(key, theme() === "dark" ? "light" : "dark");
  showTheme();
}

dark.addEventListener("change", showTheme);

/** A colour of the style sheet by its name, as `--accent`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
