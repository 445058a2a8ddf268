/** A block of code with a button that copies it. */

import { useState } from "preact/hooks";

export function Code({ code, title, copy, copied }: { code: string; title: string; copy: string; copied: string }) {
  const [done, setDone] = useState(false);
  async function take() {
    await navigator.clipboard.writeText(code);
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  }
  return (
    <section aria-label={title}>
      <div class="row">
        <h3>{title}</h3>
        <button type="button" class="quiet" aria-label={`${copy}: ${title}`} onClick={take}>
          {copy}
        </button>
        <span role="status">{done ? copied : ""}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by the keyboard */}
      <pre tabIndex={0}>{code}</pre>
    </section>
  );
}
