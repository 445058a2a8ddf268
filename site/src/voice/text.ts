/** What this page says, in both languages. */

export const text = {
  en: {
    title: "Hear a voice",
  },
  zh: {
    title: "Hear a voice",
  },
};
