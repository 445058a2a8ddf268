/** What the page and its Worker say to each other. */

import type { Cell, Settings } from "./settings.js";
import type { Report } from "./training.js";

/** To the Worker: `begin` comes first, and once. */
export type Order =
  | { readonly kind: "begin"; readonly settings: Settings }
  | { readonly kind: "resume" | "pause" | "step" }
  | { readonly kind: "save"; readonly cell: Cell };

/** From the Worker. */
export type Answer =
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "saved"; readonly cell: Cell; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "failed"; readonly sentence: string };
