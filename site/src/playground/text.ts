/** What this page says, in both languages. */

export const text = {
  en: {
    title: "Playground",
  },
  zh: {
    title: "Playground",
  },
};
