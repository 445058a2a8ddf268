/** A training in a Worker, as a page holds it: it begins anew whenever the settings change. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { add, emptyHistory, type History } from "./history.js";
import type { Answer, Order } from "./messages.js";
import type { Cell, Settings } from "./settings.js";

export type Phase = "measuring" | "ready" | "learning" | "paused" | "done" | "failed";

export interface Held {
  readonly phase: Phase;
  /** Another object after each change. */
  readonly history: History;
  /** Why it failed. */
  readonly sentence: string;
  toggle(): void;
  step(): void;
  save(cell: Cell): void;
  reset(): void;
}

/** Gives the visitor a file. */
function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  // The browser has taken what it needs by the next minute.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function useTraining(settings: Settings): Held {
  const [begun, setBegun] = useState(0);
  const [{ phase, history, sentence }, show] = useState({
    phase: "measuring" as Phase,
    history: emptyHistory(),
    sentence: "",
  });
  const worker = useRef<Worker | null>(null);
  const order = (message: Order) => worker.current?.postMessage(message);
  const become = (phase: Phase, sentence = "") => show((held) => ({ ...held, phase, sentence }));

  // At once: until then the buttons would be those of the training before.
  useLayoutEffect(() => {
    const ours = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.current = ours;
    const history = emptyHistory();
    show({ phase: "measuring", history, sentence: "" });
    // Reports come faster than pictures: one drawing has all that came before it.
    let frame = 0;
    const draw = () => {
      frame = 0;
      show((held) => {
        const isDone = history.step === settings.steps && held.phase !== "failed";
        const phase = isDone ? "done" : held.phase === "measuring" ? "ready" : held.phase;
        return { ...held, phase, history: { ...history } };
      });
    };
    ours.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.kind === "failed") become("failed", data.sentence);
      else if (data.kind === "saved") download(data.bytes, `${data.cell.toLowerCase()}.pt`);
      else {
        add(history, data.report);
        frame ||= requestAnimationFrame(draw);
      }
    };
    ours.onerror = ({ message }) => become("failed", message || "The Worker could not be loaded");
    order({ kind: "begin", settings });
    return () => {
      ours.terminate();
      cancelAnimationFrame(frame);
    };
  }, [settings, begun]);

  return {
    phase,
    history,
    sentence,
    toggle() {
      order({ kind: phase === "learning" ? "pause" : "resume" });
      become(phase === "learning" ? "paused" : "learning");
    },
    step() {
      order({ kind: "step" });
      become("paused");
    },
    save: (cell) => order({ kind: "save", cell }),
    reset: () => setBegun(begun + 1),
  };
}
