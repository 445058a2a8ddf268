/** What can be in the way of hearing something: each has its sentence in text.ts. */

export type Cause = "noMicrophone" | "refused" | "busy" | "insecure" | "otherRate" | "noSound" | "old" | "notLoaded";

export class Trouble extends Error {
  constructor(readonly kind: Cause) {
    super(kind);
  }
}

const ofMicrophone: Readonly<Record<string, Cause>> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "noMicrophone",
  OverconstrainedError: "noMicrophone",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** What it means that `getUserMedia` threw this. */
export function microphoneTrouble(error: unknown): unknown {
  const kind = error instanceof DOMException ? ofMicrophone[error.name] : undefined;
  return kind === undefined ? error : new Trouble(kind);
}
