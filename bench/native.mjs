/** The native device where ELMAN_DEVICE names it: a package of its own, which is loaded only then. Else null. */

const isNative = process.env.ELMAN_DEVICE === "native";

export const { native } = isNative ? await import("elman-nn-native") : { native: null };
if (isNative) await import("elman-nn-native/register");
if (isNative && native === null) throw new Error("not built: npm run build:native");
