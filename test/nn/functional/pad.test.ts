import { agrees } from "../../support/conv_fixture.js";

agrees(["pad", "unfold", "windows"]);
