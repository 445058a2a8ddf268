import { afterEach, expect, it, vi } from "vitest";
import { whenCollected } from "../../../src/device/wasm/collected.js";

afterEach(() => vi.unstubAllGlobals());

it("is the engine's registry, or does nothing where there is none", () => {
  const release = vi.fn();
  expect(whenCollected(release)).toBeInstanceOf(FinalizationRegistry);
  vi.stubGlobal("FinalizationRegistry", undefined);
  const none = whenCollected(release);
  none.register({}, 1);
  none.unregister({});
  expect(release).not.toHaveBeenCalled();
});
