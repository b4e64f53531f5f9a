// The gaze as latents of the eight eyeLook shapes (landmark_driver/network/latent_stages.py, landmark_driver/head/eyes.py).

import { ARKIT_NAMES } from "../../frames/arkit.js";
import { EYE_LOOKS, WEIGHT_UNIT } from "./latent.js";

// For each angle the shapes that a positive and a negative one mean.
const LOOKS = [
  ["eyeLookOutLeft", "eyeLookInLeft"],
  ["eyeLookDownLeft", "eyeLookUpLeft"],
  ["eyeLookInRight", "eyeLookOutRight"],
  ["eyeLookDownRight", "eyeLookUpRight"],
];

export class Looks {
  name = "looks";
  // For each angle, by its sign: which of the eight latents it writes, and the angle at which that shape has weight one.
  #shapes;

  constructor({ gaze_turns: turns }) {
    this.#shapes = LOOKS.map((names, angle) => names.map((name) => {
      const shape = ARKIT_NAMES.indexOf(name);
      const at = 6 * shape + 3 * (angle >> 1);
      return { latent: EYE_LOOKS.indexOf(shape), full: Math.hypot(...turns.subarray(at, at + 3)) };
    }));
  }

  apply({ gaze, lookLatents }) {
    lookLatents.fill(0);
    this.#shapes.forEach((sides, at) => {
      const { latent, full } = sides[gaze[at] >= 0 ? 0 : 1];
      lookLatents[latent] = Math.min(Math.abs(gaze[at]) / full, 1) / WEIGHT_UNIT;
    });
  }
}
