// The network in plain JavaScript: landmark displacements to vertices before lips are parted and eyeballs turned
// (landmark_driver/drivers/sparse_driver.py). Every browser has it; litert_network.js is faster where it can be had.

import { times } from "../geometry/matrix.js";
import { GAZE } from "../landmarks/gaze.js";
import { BoundedLatent, WEIGHT_UNIT } from "./bounded_latent.js";
import { LatentNetwork } from "./latent_network.js";

export class PlainNetwork {
  runtime = "JavaScript";
  #arrays;
  #network;
  #bounded;
  #latent;
  #looks = new Float32Array(GAZE.length);
  #flat;
  #byLooks;

  /** `arrays`: the puppet's. */
  constructor(arrays) {
    this.#arrays = arrays;
    this.#network = new LatentNetwork(arrays);
    this.#bounded = new BoundedLatent(arrays);
    this.#latent = new Float32Array(arrays.offset.length);
    this.#flat = new Float32Array(arrays.neutral_landmarks.length);
    this.#byLooks = new Float32Array(arrays.neutral_landmarks.length);
  }

  /** Writes `vertices` (metres, head frame) for landmark displacements (478 × 3, metres) and eyeLook weights (8, 0..1). */
  run(displacements, lookWeights, vertices) {
    const latent = this.#latent;
    this.#takeLooksOff(displacements, lookWeights);
    this.#network.see(this.#flat, latent);
    GAZE.forEach((index, k) => {
      latent[index] = this.#looks[k];
    });
    this.#network.correct(latent);
    this.#bounded.apply(latent);
    vertices.set(this.#arrays.resting_vertices);
    this.#network.decode(latent, vertices);
  }

  /** What the landmarks show besides the lids that follow the gaze. */
  #takeLooksOff(displacements, lookWeights) {
    for (let k = 0; k < GAZE.length; k += 1) this.#looks[k] = lookWeights[k] / WEIGHT_UNIT;
    times(this.#arrays.looks, this.#looks, this.#byLooks);
    for (let at = 0; at < this.#flat.length; at += 1) {
      this.#flat[at] = Math.fround(displacements[at]) - this.#byLooks[at];
    }
  }
}
