import { describe, expect, it } from "vitest";
import { js } from "../../../src/device/js/index.js";
import { conformance } from "../conformance.js";

it("is called js", () => {
  expect(js.name).toBe("js");
});

describe("js", () => conformance(js));
