/** What this page says, in both languages. */

export const text = {
  en: {
    title: "Shapes",
  },
  zh: {
    title: "Shapes",
  },
};
