/** SGD, step by step beside PyTorch's. */

import { optim } from "../../src/index.js";
import { followsTorch } from "../support/optimizer_path.js";

followsTorch("SGD", 20, (parameters, options) => new optim.SGD(parameters, options));
