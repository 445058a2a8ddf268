/** What all pages have: the line above with the ways to go, the switches, and the line below. */

import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { firstLanguage, keepLanguage, type Language, LanguageContext, type Texts } from "./language.js";
import { showTheme, toggleTheme } from "./theme.js";

const text = {
  en: {
    pages: { index: "Voice", playground: "Playground", learn: "Learn", shapes: "Shapes" },
    guides: "Guides",
    reference: "Reference",
    source: "PyTorch's recurrent layers for TypeScript. MIT licence.",
    licences: "Licences of what is in these pages",
    theme: "Light or dark",
    skip: "To the content",
    main: "Pages",
  },
  zh: {
    pages: { index: "语音", playground: "实验场", learn: "学习", shapes: "形状" },
    guides: "指南",
    reference: "参考",
    source: "用 TypeScript 写的 PyTorch 循环层。MIT 许可证。",
    licences: "页面所含内容的许可证",
    theme: "浅色或深色",
    skip: "跳到内容",
    main: "页面",
  },
} as const;

/** The root of the site, seen from this page: "." or "../..". */
const root = document.documentElement.dataset.root ?? ".";

function Header({ language, choose }: { language: Language; choose: (language: Language) => void }) {
  const say = text[language];
  const here = location.pathname.replace(/^.*\//, "").replace(/\.html$/, "") || "index";
  const current = (page: string) => (root === "." && page === here ? "page" : undefined);
  const guide = language === "zh" ? "guides/pytorch.zh-CN.html" : "guides/pytorch.html";
  return (
    <header class="top">
      <a class="skip" href="#content">
        {say.skip}
      </a>
      <a class="name" href={`${root}/index.html`}>
        elman
      </a>
      <nav aria-label={say.main}>
        {Object.entries(say.pages).map(([page, title]) => (
          <a key={page} href={`${root}/${page}.html`} aria-current={current(page)}>
            {title}
          </a>
        ))}
        <a href={`${root}/${guide}`} aria-current={root === "." ? undefined : "page"}>
          {say.guides}
        </a>
        <a href={`${root}/reference/index.html`}>{say.reference}</a>
      </nav>
      <button
        type="button"
        class="quiet"
        lang={language === "zh" ? "en" : "zh-CN"}
        onClick={() => choose(language === "zh" ? "en" : "zh")}
      >
        {language === "zh" ? "English" : "中文"}
      </button>
      <button type="button" class="quiet" aria-label={say.theme} title={say.theme} onClick={toggleTheme}>
        ◐
      </button>
    </header>
  );
}

const Footer = ({ language }: { language: Language }) => (
  <footer>
    {text[language].source} <a href={`${root}/licences.txt`}>{text[language].licences}</a>
  </footer>
);

/** Shows a page in its frame. The page's title comes from its text. */
export function mount(Page: ComponentType, title: Texts<{ title: string }>): void {
  function Frame() {
    const [language, choose] = useState(firstLanguage);
    useEffect(() => {
      keepLanguage(language);
      document.title = `${title[language].title} · elman`;
    }, [language]);
    return (
      <LanguageContext.Provider value={language}>
        <Header language={language} choose={choose} />
        <main id="content">
          <Page />
        </main>
        <Footer language={language} />
      </LanguageContext.Provider>
    );
  }
  showTheme();
  render(<Frame />, document.body);
}

/** Puts the frame around what the page already says in one language; another language is another page. */
export function mountAround(language: Language, choose: (language: Language) => void): void {
  keepLanguage(language);
  showTheme();
  const within = (id: string) => document.getElementById(id) as HTMLElement;
  render(<Header language={language} choose={choose} />, within("header"));
  render(<Footer language={language} />, within("footer"));
}
