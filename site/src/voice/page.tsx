/** The first page: a net that hears whether somebody speaks, while the reader does. */

import { mount } from "../frame.js";
import { useText } from "../language.js";
import { code } from "./code.js";
import { Live } from "./live.js";
import { text } from "./text.js";
import "./voice.css";

function Page() {
  const say = useText(text);
  return (
    <>
      <h1>{say.title}</h1>
      <p>
        <strong>{say.what}</strong>
      </p>
      <p>{say.here}</p>
      <Live />
      <h2>{say.how}</h2>
      <p>{say.lines}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard. */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <p>{say.checked}</p>
      <ul>
        {say.guides.map(([file, title]) => (
          <li key={file}>
            <a href={`./guides/${file}.html`}>{title}</a>
          </li>
        ))}
        <li>
          <a href="./playground.html">{say.playground}</a>
        </li>
      </ul>
      <p class="soft">{say.credits}</p>
    </>
  );
}

mount(Page, text);
