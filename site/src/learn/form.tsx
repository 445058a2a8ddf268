/** The switches: what is compared, and how the nets are made. */

import { useText } from "../language.js";
import { type Cell, cells, type Settings } from "./settings.js";
import { text } from "./text.js";

const choices = {
  length: [10, 20, 40, 60, 100],
  hidden: [16, 32, 64],
  layers: [1, 2, 3],
  dropout: [0, 0.2, 0.5],
} as const;

export function SettingsForm({ settings, choose }: { settings: Settings; choose: (settings: Settings) => void }) {
  const say = useText(text).settings;
  /** A change of hidden keeps the projection a quarter of it. */
  const change = (changes: Partial<Settings>) => {
    const next = { ...settings, ...changes };
    choose({ ...next, projection: next.projection > 0 && next.cells.includes("LSTM") ? next.hidden / 4 : 0 });
  };
  const toggled = (cell: Cell) => cells.filter((one) => settings.cells.includes(one) !== (one === cell));
  const chooser = (name: keyof typeof choices, disabled = false) => (
    <label key={name}>
      {say[name]}{" "}
      <select
        value={settings[name]}
        disabled={disabled}
        onChange={({ currentTarget }) => change({ [name]: Number(currentTarget.value) })}
      >
        {choices[name].map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
  const box = (label: string, checked: boolean, changes: () => Partial<Settings>, disabled = false) => (
    <label key={label}>
      <input type="checkbox" checked={checked} disabled={disabled} onChange={() => change(changes())} /> {label}
    </label>
  );
  return (
    <form class="card settings" onSubmit={(event) => event.preventDefault()}>
      <fieldset class="row">
        <legend>{say.cells}</legend>
        {cells.map((cell) => {
          const isChosen = settings.cells.includes(cell);
          // One must stay.
          return box(cell, isChosen, () => ({ cells: toggled(cell) }), isChosen && settings.cells.length === 1);
        })}
      </fieldset>
      <fieldset class="row">
        <legend>{say.net}</legend>
        {chooser("length")}
        {chooser("hidden")}
        {chooser("layers")}
        {chooser("dropout", settings.layers === 1)}
        {box(say.bidirectional, settings.bidirectional, () => ({ bidirectional: !settings.bidirectional }))}
        {box(
          `${say.projection} ${settings.hidden / 4}`,
          settings.projection > 0,
          () => ({ projection: settings.projection > 0 ? 0 : 1 }),
          !settings.cells.includes("LSTM"),
        )}
        {box(say.open, settings.open, () => ({ open: !settings.open }))}
        <label>
          {say.seed}{" "}
          <input
            type="number"
            min="0"
            max="9999"
            value={settings.seed}
            onChange={({ currentTarget }) => {
              const seed = currentTarget.valueAsNumber;
              if (Number.isInteger(seed) && currentTarget.validity.valid) change({ seed });
              else currentTarget.value = String(settings.seed);
            }}
          />
        </label>
      </fieldset>
    </form>
  );
}
