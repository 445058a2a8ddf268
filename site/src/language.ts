/** The language of the pages: what the switch says, or else the browser. It stays for the next page. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { keep, kept } from "./kept.js";

export type Language = "en" | "zh";
/** A text in each language: the same keys, the same kinds of values. */
export type Texts<T> = Readonly<Record<Language, T>>;

const key = "elman.language";

/** What was chosen, in the address (`?lang=zh`) or before; else the browser's. */
export function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? kept(key) ?? navigator.language;
  return asked.startsWith("zh") ? "zh" : "en";
}

export function keepLanguage(language: Language): void {
  keep(key, language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export const LanguageContext = createContext<Language>("en");

/** The text in the language that is chosen. */
export function useText<T>(texts: Texts<T>): T {
  return texts[useContext(LanguageContext)];
}
