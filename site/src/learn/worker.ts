/** The Worker in which nets learn, so that the page stays alive. It ends with the page, or when the page begins anew. */

import type { Answer, Order } from "./messages.js";
import { Training } from "./training.js";

const answer = (message: Answer) => postMessage(message);
let training: Training | undefined;

async function learn(training: Training): Promise<void> {
  for await (const report of training) answer({ kind: "report", report });
}

function failed(error: unknown): void {
  answer({ kind: "failed", sentence: error instanceof Error ? error.message : String(error) });
}

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  try {
    if (data.kind === "begin") {
      training = new Training(data.settings);
      learn(training).catch(failed);
    } else if (data.kind === "save") {
      if (training !== undefined) answer({ kind: "saved", cell: data.cell, bytes: training.save(data.cell) });
    } else training?.[data.kind]();
  } catch (error) {
    failed(error);
  }
});
