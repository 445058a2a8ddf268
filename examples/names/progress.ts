/** A progress bar on a terminal; elsewhere nothing, so that logs stay readable. */

import { Presets, SingleBar } from "cli-progress";

export function progressBar(label: string, total: number): { update(done: number, loss: number): void; stop(): void } {
  const format = `${label} {bar} {value}/{total} names   loss {loss}`;
  const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: true }, Presets.shades_classic);
  bar.start(total, 0, { loss: "–" });
  return {
    update: (done, loss) => bar.update(done, { loss: loss.toFixed(4) }),
    stop: () => bar.stop(),
  };
}
