/** A net, one step at a time. */

import type { Net, Stepper } from "../device.js";
import { statesOf } from "../state.js";
import { affineStage, rowsStage, type Stage, stackStage } from "./stages.js";

/** @throws NotImplementedError for a cell with a second product, which has no step of its own here */
export function stepper({ batch: N, inputSize, stages }: Net): Stepper {
  let C = inputSize;
  const made = stages.map((stage): Stage => {
    if (stage.kind === "rows") return rowsStage(stage, N, C);
    C = stage.outputSize;
    return stage.kind === "stack" ? stackStage(stage, N) : affineStage(stage, N);
  });
  const states = made.flatMap((stage) => stage.states);
  return {
    ...statesOf(states),
    load() {
      for (const use of made.map((stage) => stage.load())) use();
    },
    step(input, from, output, to) {
      made[0].step(input, from);
      for (let i = 1; i < made.length; i++) made[i].step(made[i - 1].output, 0);
      output.set(made[made.length - 1].output, to);
    },
    close() {
      made.length = 0;
      states.length = 0;
    },
  };
}
