/** The page of shapes: a choice, and what follows from it as a drawing, as tables and as programs. */

import { useMemo, useState } from "preact/hooks";
import { Code } from "../copy.js";
import { mount } from "../frame.js";
import { useText } from "../language.js";
import { pythonOf, typescriptOf } from "./code.js";
import { Controls } from "./controls.js";
import { Diagram, inWords } from "./diagram.js";
import { base, type Choice, first, isCell, lettersText, type Shaped, settled, shapesOf, shapeText } from "./shapes.js";
import "./shapes.css";
import { type Note, text } from "./text.js";

/** What is worth a sentence in this choice. */
function notesOf({ kind, form, numLayers, bias, batchFirst, bidirectional, projSize, dropout }: Choice): Note[] {
  const cell = isCell(kind);
  const all: [boolean, Note][] = [
    [!cell, "layer"],
    [cell, "cell"],
    [base(kind) === "LSTM", "lstm"],
    [bidirectional, "bidirectional"],
    [batchFirst && form === "batched", "batchFirst"],
    [batchFirst && form === "packed", "packedFirst"],
    [form === "unbatched", cell ? "unbatchedCell" : "unbatched"],
    [form === "packed", "packed"],
    [projSize > 0, "projection"],
    [numLayers > 1, "deep"],
    [dropout > 0, numLayers > 1 ? "dropout" : "dropoutAlone"],
    [!bias, "noBias"],
  ];
  return all.flatMap(([holds, note]) => (holds ? [note] : []));
}

function Page() {
  const say = useText(text);
  const [asked, choose] = useState(first);
  const choice = useMemo(() => settled(asked), [asked]);
  const shapes = useMemo(() => shapesOf(choice), [choice]);
  const { input, initial, output, final, packed, parameters, elements, bound } = shapes;
  const tensors: Shaped[] = [input, ...initial, ...(output === null ? [] : [output]), ...final];
  return (
    <>
      <h1>{say.title}</h1>
      <p>{say.intro}</p>
      <Controls choice={asked} change={(changed) => choose({ ...asked, ...changed })} />
      <div class="columns">
        <section class="card">
          <h2>{say.drawing}</h2>
          <Diagram choice={choice} shapes={shapes} says={inWords(tensors)} />
        </section>
        <section class="card" aria-live="polite">
          <h2>{say.tensors}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">{say.name}</th>
                <th scope="col">{say.letters}</th>
                <th scope="col">{say.numbers}</th>
              </tr>
            </thead>
            <tbody>
              {tensors.map(({ name, shape }) => (
                <tr key={name}>
                  <th scope="row" class="mono">
                    {name}
                  </th>
                  <td class="mono">{lettersText(shape)}</td>
                  <td class="mono">{shapeText(shape)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {packed && <p>{say.lengths(packed.lengths.join(", "), `(${packed.batchSizes.join(", ")})`)}</p>}
          <ul>
            {notesOf(choice).map((note) => (
              <li key={note}>{say.notes[note]}</li>
            ))}
          </ul>
        </section>
      </div>
      <section>
        <h2>{say.parameters}</h2>
        <p>{say.range(bound.toPrecision(4), choice.hiddenSize)}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by the keyboard */}
        <section class="wide" aria-label={say.parameters} tabIndex={0}>
          <table>
            <thead>
              <tr>
                {[say.name, say.letters, say.numbers, say.rows, say.elements].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {parameters.map((parameter) => (
                <tr key={parameter.name}>
                  <th scope="row" class="mono">
                    {parameter.name}
                  </th>
                  <td class="mono">{lettersText(parameter.shape)}</td>
                  <td class="mono">{shapeText(parameter.shape)}</td>
                  <td class="mono">{parameter.gates.join(" ")}</td>
                  <td class="number">{parameter.elements}</td>
                </tr>
              ))}
              <tr>
                <th scope="row" colSpan={4}>
                  {say.all}
                </th>
                <td class="number">{elements}</td>
              </tr>
            </tbody>
          </table>
        </section>
      </section>
      <div class="columns">
        <Code code={pythonOf(choice)} title={say.python} copy={say.copy} copied={say.copied} />
        <Code code={typescriptOf(choice)} title={say.typescript} copy={say.copy} copied={say.copied} />
      </div>
    </>
  );
}

mount(Page, text);
