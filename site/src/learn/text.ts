/** What this page says, in both languages. */

export const text = {
  en: {
    title: "Learn",
  },
  zh: {
    title: "Learn",
  },
};
