import { agrees } from "../../support/conv_fixture.js";

agrees(["conv1d", "conv2d", "convTranspose1d", "convTranspose2d"]);
