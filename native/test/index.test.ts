import { describe, expect, it } from "vitest";
import { conformance } from "../../test/device/conformance.js";
import { native } from "../src/index.js";

it("is called native", () => {
  expect(native?.name).toBe("native");
});

describe("native", () => {
  if (native !== null) conformance(native);
});
