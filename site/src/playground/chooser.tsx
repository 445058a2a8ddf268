/** Where nets come from: a file that is opened or dropped, ours, and the choice among a file's layers. */

import { useText } from "../language.js";
import type { Layer } from "./activity.js";
import type { Named, Net } from "./models.js";
import { text } from "./text.js";

/** PyTorch's text of a layer, with what that leaves out of an RNN. */
export const described = ({ name, layer }: Named<Layer>): string =>
  `${name}: ${layer}${layer.mode.startsWith("RNN") ? ` ${layer.mode.slice(4).toLowerCase()}` : ""}`;

/** A real input for files, which looks like a button. */
export function FileButton({ label, accept, onFile }: { label: string; accept: string; onFile: (file: File) => void }) {
  return (
    <label class="file">
      {label}
      <input
        type="file"
        accept={accept}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file !== undefined) onFile(file);
          // So that the same file may be chosen again.
          currentTarget.value = "";
        }}
      />
    </label>
  );
}

interface ChooserProps {
  readonly net: Net | null;
  readonly layer: number;
  /** A problem, or that a file is being read. */
  readonly problem: string | null;
  readonly isReading: boolean;
  readonly onFile: (file: File) => void;
  readonly onOurs: (which: "names" | "fresh") => void;
  readonly onLayer: (index: number) => void;
}

export function Chooser({ net, layer, problem, isReading, onFile, onOurs, onLayer }: ChooserProps) {
  const say = useText(text);
  return (
    <section class="card" aria-labelledby="net">
      <h2 id="net">{say.net}</h2>
      <div class="row">
        <FileButton label={say.open} accept=".pt,.pth,.bin,.ckpt,.tar,.safetensors,.onnx" onFile={onFile} />
        <span class="soft">{say.drop}</span>
      </div>
      <div class="row">
        <span>{say.ours}</span>
        {(["names", "fresh"] as const).map((which) => (
          <button key={which} type="button" class="quiet" onClick={() => onOurs(which)}>
            {say[which]}
          </button>
        ))}
      </div>
      {net !== null && net.layers.length > 1 && (
        <label class="field">
          {say.layer}
          <select value={layer} onChange={({ currentTarget }) => onLayer(Number(currentTarget.value))}>
            {net.layers.map((named, i) => (
              <option key={described(named)} value={i}>
                {described(named)}
              </option>
            ))}
          </select>
        </label>
      )}
      <p role="status">{isReading ? say.reading : net && say.loaded(net.name, described(net.layers[layer]))}</p>
      <p role="alert" class="error">
        {problem}
      </p>
    </section>
  );
}
