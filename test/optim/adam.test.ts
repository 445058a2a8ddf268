/** Adam, step by step beside PyTorch's. */

import { optim } from "../../src/index.js";
import { followsTorch } from "../support/optimizer_path.js";

followsTorch("Adam", 14, (parameters, options) => new optim.Adam(parameters, options));
