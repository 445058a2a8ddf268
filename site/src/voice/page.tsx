import { mount } from "../frame.js";
import { useText } from "../language.js";
import { text } from "./text.js";

function Page() {
  const say = useText(text);
  return <h1>{say.title}</h1>;
}

mount(Page, text);
