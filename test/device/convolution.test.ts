/** Convolution of any device that has a product: here of one that has nothing else of its own. */

import { describe } from "vitest";
import { js } from "../../src/device/js/index.js";
import { ofConvolutions } from "./convolutions.js";

describe.each(["float32", "float64"] as const)("%s", (dtype) => ofConvolutions({ ...js, name: "other" }, dtype));
