// Landmarks to the posterior mean of the latent: z = G (d - L l) + g, eyeLook entries are l
// (landmark_driver/network/latent_stages.py).

import { add, times } from "../geometry/matrix.js";
import { EYE_LOOKS } from "./latent.js";

export class Posterior {
  name = "posterior";
  #gain;
  #offset;
  #looks;
  #flat;

  constructor({ gain, offset, looks }) {
    this.#gain = gain;
    this.#offset = offset;
    this.#looks = looks;
    this.#flat = new Float32Array(gain.length / offset.length);
  }

  apply({ displacements, lookLatents, latent }) {
    const flat = this.#flat;
    times(this.#looks, lookLatents, flat);
    for (let at = 0; at < flat.length; at += 1) flat[at] = displacements[at] - flat[at];
    times(this.#gain, flat, latent);
    add(latent, this.#offset);
    EYE_LOOKS.forEach((index, k) => {
      latent[index] = lookLatents[k];
    });
  }
}
