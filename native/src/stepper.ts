/** A net, one step at a time: laid out in one room once, where its rows stay from stage to stage. Others are the library's own device's. */

import { type Net, ownDevice, type Stepper, statesOf } from "elman-nn/device";
import type { Binding } from "./binding.js";
import { aligned } from "./room.js";
import { affinePlan, isKnown, type Machine, type Plan, rowsPlan, stackPlan } from "./stages.js";

/** Nets of cells with a kernel, and no size of zero. */
function isCovered({ inputSize, stages }: Net): boolean {
  return (
    inputSize > 0 &&
    stages.every((stage) => {
      if (stage.kind === "rows") return true;
      if (stage.outputSize === 0) return false;
      return stage.kind === "affine" || isKnown(stage.cell, stage.hiddenSize, stage.outputSize);
    })
  );
}

export function stepper(binding: Binding, net: Net): Stepper {
  if (!isCovered(net)) return ownDevice().stepper(net);
  const { batch: N, inputSize, outputSize } = net;
  let used = 0;
  const take = (count: number): number => {
    const at = used;
    used += Math.ceil(count / 16) * 16;
    return at;
  };
  const machine: Machine = { binding, room: new Float32Array(0), take };
  const input = take(N * inputSize);
  let [width, from] = [inputSize, input];
  const plans = net.stages.map((stage): Plan => {
    const plan =
      stage.kind === "rows"
        ? rowsPlan(machine, stage, N, width, from)
        : stage.kind === "stack"
          ? stackPlan(machine, stage, N, from)
          : affinePlan(machine, stage, N, from);
    if (stage.kind !== "rows") width = stage.outputSize;
    from = plan.output;
    return plan;
  });
  machine.room = aligned(binding, "float32", used).fill(0) as Float32Array;
  const stages = plans.map((plan) => plan.make());
  const { room } = machine;
  const [rows, results, output] = [N * inputSize, N * outputSize, from];
  return {
    ...statesOf(stages.flatMap((stage) => stage.states)),
    load() {
      for (const use of stages.map((stage) => stage.load())) use();
    },
    step(x, at, y, to) {
      for (let i = 0; i < rows; i++) room[input + i] = x[at + i];
      for (let i = 0; i < stages.length; i++) stages[i].step();
      for (let i = 0; i < results; i++) y[to + i] = room[output + i];
    },
    close() {
      stages.length = 0;
    },
  };
}
