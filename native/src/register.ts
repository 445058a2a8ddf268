/** `elman-nn-native/register`: makes the device known as `native`, for `setDefaultDevice` and ELMAN_DEVICE. @packageDocumentation */

import { registerDevice } from "elman-nn/device";
import { native } from "./index.js";

registerDevice("native", () => native);
