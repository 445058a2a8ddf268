/** A net, one step at a time: laid out in the kernels' memory once, where its rows stay from stage to stage. */

import { fail } from "../../base/errors.js";
import type { Net, Stepper } from "../device.js";
import { statesOf } from "../state.js";
import { type Memory, padded } from "./memory.js";
import type { Kernels } from "./module.js";
import { affinePlan, type Plan, rowsPlan, type Stage, stackPlan } from "./stages.js";

/** @throws RangeError where memory cannot hold it */
export function stepper(kernels: Kernels, memory: Memory, net: Net): Stepper {
  const { batch: N, inputSize, outputSize } = net;
  const machine = { kernels, memory };
  let width = inputSize;
  const plans = net.stages.map((stage): Plan => {
    if (stage.kind === "rows") return rowsPlan(machine, stage, N, width);
    width = stage.outputSize;
    return stage.kind === "stack" ? stackPlan(machine, stage, N) : affinePlan(machine, stage, N);
  });
  const [Cp, Pp] = [inputSize, outputSize].map(padded);
  const own = Math.ceil((N * Cp) / 16) * 16;
  const room = plans.reduce((sum, plan) => sum + plan.room, own);
  const scratch = plans.reduce((most, plan) => Math.max(most, plan.scratch), 0);
  // Memory which is too small for that shows here, where there is a way out.
  if (!memory.allows(room)) throw new RangeError("streams have all the memory that they may have");
  memory.reset();
  memory.take(room + scratch);
  const base = memory.hold(room);

  const stages: Stage[] = [];
  let [at, output] = [base + own * 4, base];
  for (const plan of plans) {
    const stage = plan.lay(at, output);
    stages.push(stage);
    at += plan.room * 4;
    output = stage.output;
  }
  const states = stages.flatMap((stage) => stage.states);
  const [x, y] = [base / 4, output / 4];

  const made: Stepper = {
    ...statesOf(states),
    load() {
      const packers = stages.map((stage) => stage.load());
      reserve(memory, scratch);
      for (const pack of packers) pack();
    },
    step(input, from, output, to) {
      const { floats } = memory;
      for (let n = 0, at = x; n < N; n++, at += Cp) for (let i = 0; i < inputSize; i++) floats[at + i] = input[from++];
      for (let i = 0; i < stages.length; i++) stages[i].step();
      for (let n = 0, at = y; n < N; n++, at += Pp) for (let i = 0; i < outputSize; i++) output[to++] = floats[at + i];
    },
    close: () => memory.release(base, room, made),
  };
  memory.own(made, base, room);
  return made;
}

/** Has `count` floats of scratch ready, or fails before anything was changed. */
function reserve(memory: Memory, count: number): void {
  memory.reset();
  try {
    memory.take(count);
  } catch {
    fail("RuntimeError", `can't allocate memory: you tried to allocate ${count * 4} bytes.`);
  }
}
