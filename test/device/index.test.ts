import { expect, it } from "vitest";
import * as device from "../../src/device/index.js";
import * as library from "../../src/index.js";

it("the entry has these names, and the choice of the whole library", () => {
  expect(Object.keys(device).sort()).toEqual([
    "ElmanError",
    "Past",
    "Value",
    "allocate",
    "backward",
    "broadcast",
    "cells",
    "defaultDevice",
    "elements",
    "expandView",
    "forward",
    "fresh",
    "gru",
    "inverse",
    "isRowMajor",
    "js",
    "lstm",
    "ownDevice",
    "permuteView",
    "registerDevice",
    "rnnRelu",
    "rnnTanh",
    "roomOf",
    "selectView",
    "setDefaultDevice",
    "sigmoid",
    "statesOf",
    "warn",
    "wrap",
  ]);
  expect(device.setDefaultDevice).toBe(library.setDefaultDevice);
});
