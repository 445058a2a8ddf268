/** The controls of the page of shapes. What a layer does not have cannot be chosen. */

import { useText } from "../language.js";
import { base, type Choice, type Form, forms, isCell, type Kind, kinds, settled } from "./shapes.js";
import { text } from "./text.js";

type Key<T> = { [K in keyof Choice]: Choice[K] extends T ? K : never }[keyof Choice];

/** The sizes, with the smallest and the largest that the drawing takes. */
const sizes = [
  ["inputSize", 1, 512],
  ["hiddenSize", 1, 512],
  ["numLayers", 1, 8],
  ["projSize", 0, 511],
  ["T", 1, 99],
  ["N", 1, 64],
] as const satisfies [Key<number>, number, number][];
const switches = ["bias", "batchFirst", "bidirectional"] as const satisfies Key<boolean>[];

export function Controls({ choice, change }: { choice: Choice; change: (changed: Partial<Choice>) => void }) {
  const say = useText(text);
  const cell = isCell(choice.kind);
  const absent: Partial<Record<keyof Choice, boolean>> = {
    numLayers: cell,
    batchFirst: cell || settled(choice).form === "unbatched",
    bidirectional: cell,
    dropout: cell,
    projSize: choice.kind !== "LSTM",
    nonlinearity: base(choice.kind) !== "RNN",
    T: cell,
    N: settled(choice).form === "unbatched",
  };
  const number = (key: Key<number>, min: number, max: number, step = 1) => (
    <label key={key}>
      {say[key as "T"]}
      <input
        type="number"
        min={min}
        max={max}
        step={step}
        value={choice[key]}
        disabled={absent[key] ?? false}
        onInput={({ currentTarget }) => {
          // What is half typed or out of range waits.
          if (currentTarget.value !== "" && currentTarget.validity.valid)
            change({ [key]: currentTarget.valueAsNumber });
        }}
      />
    </label>
  );
  return (
    <fieldset class="card options">
      <legend>{say.options}</legend>
      <label>
        {say.kind}
        <select value={choice.kind} onChange={({ currentTarget }) => change({ kind: currentTarget.value as Kind })}>
          {kinds.map((kind) => (
            <option key={kind}>{kind}</option>
          ))}
        </select>
      </label>
      <label>
        {say.form}
        <select
          value={settled(choice).form}
          onChange={({ currentTarget }) => change({ form: currentTarget.value as Form })}
        >
          {forms
            .filter((form) => !(cell && form === "packed"))
            .map((form) => (
              <option key={form} value={form}>
                {say.forms[form]}
              </option>
            ))}
        </select>
      </label>
      {sizes.map(([key, min, max]) =>
        number(key, min, key === "projSize" ? Math.min(max, choice.hiddenSize - 1) : max),
      )}
      {number("dropout", 0, 1, 0.05)}
      <label>
        {say.nonlinearity}
        <select
          value={choice.nonlinearity}
          disabled={absent.nonlinearity ?? false}
          onChange={({ currentTarget }) => change({ nonlinearity: currentTarget.value as "tanh" | "relu" })}
        >
          <option>tanh</option>
          <option>relu</option>
        </select>
      </label>
      {switches.map((key) => (
        <label key={key} class="switch">
          <input
            type="checkbox"
            checked={choice[key]}
            disabled={absent[key] ?? false}
            onChange={({ currentTarget }) => change({ [key]: currentTarget.checked })}
          />
          {say[key]}
        </label>
      ))}
    </fieldset>
  );
}
