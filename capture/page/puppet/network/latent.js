// A latent begins with the weights of the 52 ARKit shapes, in units of a quarter (landmark_driver/network/film_network.py).

import { ARKIT_NAMES } from "../../frames/arkit.js";

export const SHAPES = ARKIT_NAMES.length;
export const WEIGHT_UNIT = 0.25;
/** Where the eight eyeLook shapes are among the 52. */
export const EYE_LOOKS = ARKIT_NAMES.flatMap((name, index) => (name.startsWith("eyeLook") ? [index] : []));
