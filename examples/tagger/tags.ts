/**
 * From the 470 tags of the Brown corpus to the twelve of Petrov, Das and McDonald, "A Universal Part-of-Speech Tagset"
 * (LREC 2012), by their table: https://github.com/slavpetrov/universal-pos-tags. Two things are ours: of a contraction
 * (`i'm/ppss+bem`) the first word decides, and every foreign word is X.
 */

const table = {
  ".": ". , : ; ( ) `` '' ' --",
  ADJ: "ap cd$ jj jjr jjs jjt od",
  ADP: "cs in",
  ADV: "* ql qlp rb rbr rbt rn wql wrb nr$ rb$",
  CONJ: "cc",
  DET: "abx at dt dt$ dti dts dtx pp$ wdt wp$",
  NOUN: "nn nns np nps nr nrs",
  NUM: "cd",
  PRON: "pn pp$$ ppl ppls ppo pps ppss wpo wps",
  PRT: "abl abn ex rp to uh",
  VERB: "be bed bedz beg bem ben ber bez do dod doz hv hvd hvg hvn hvz md vb vbd vbg vbn vbz",
  X: "nil",
};

/** The twelve tags: the number is the class. */
export const tags = Object.keys(table);

const classes = new Map(
  Object.values(table).flatMap((list, number) => list.split(" ").map((tag): [string, number] => [tag, number])),
);

/** The class of a tag of the corpus: `nn-tl`, a noun in a title, is a noun; `hvd*` is a verb; `nns$` a noun. */
export function universal(tag: string): number {
  if (tag.startsWith("fw-")) return tags.indexOf("X");
  const [first] = tag.replace(/(-(tl|hl|nc|t|n))+$/, "").split("+");
  const found = [first, first.replace(/\*$/, ""), first.replace(/\$$/, "")].map((one) => classes.get(one));
  return found.find((number) => number !== undefined) ?? tags.indexOf("X");
}
