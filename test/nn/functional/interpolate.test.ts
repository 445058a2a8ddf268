import { agrees } from "../../support/conv_fixture.js";

agrees(["interpolate"]);
