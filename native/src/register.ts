/** `elman-nn-native/register`: makes the device known as `native`, for `setDefaultDevice` and ELMAN_DEVICE. @packageDocumentation */

import { ownDevice, registerDevice, warn } from "elman-nn/device";
import { native } from "./index.js";
import { reason } from "./load.js";

registerDevice("native", () => {
  if (native !== null) return native;
  const instead = ownDevice();
  warn(`${reason}: the device ${instead.name} computes`);
  return instead;
});
