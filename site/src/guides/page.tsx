/** A guide's text stands in its page: here it gets its frame, and each block of code a button that copies it. */

import { mountAround } from "../frame.js";

const text = { en: { copy: "Copy", copied: "Copied" }, zh: { copy: "复制", copied: "已复制" } } as const;
const { lang, dataset } = document.documentElement;
const language = lang === "zh-CN" ? "zh" : "en";
const say = text[language];

mountAround(language, () => location.assign(dataset.other ?? "."));

for (const block of document.querySelectorAll("pre")) {
  const box = document.createElement("div");
  const button = document.createElement("button");
  box.className = "code";
  button.className = "quiet";
  button.type = "button";
  button.textContent = say.copy;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent ?? "");
    button.textContent = say.copied;
    setTimeout(() => {
      button.textContent = say.copy;
    }, 2000);
  });
  block.replaceWith(box);
  box.append(block, button);
}
