import { agrees } from "../../support/conv_fixture.js";

agrees([
  "maxPool1d",
  "maxPool2d",
  "avgPool1d",
  "avgPool2d",
  "adaptiveAvgPool1d",
  "adaptiveAvgPool2d",
  "adaptiveMaxPool1d",
  "adaptiveMaxPool2d",
]);
