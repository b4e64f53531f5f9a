// The live SparseSoftDECA: landmark displacements to vertices (landmark_driver/drivers/sparse_driver.py).

import { ARKIT_NAMES } from "../../frames/arkit.js";
import { GAZE, lookWeights, turnEyeballs } from "../landmarks/gaze.js";
import { PlainNetwork } from "../network/plain_network.js";
import { LipSeparation } from "./lip_separation.js";

export class SparseDriver {
  /** Hears of a network that failed and was replaced by plain JavaScript. */
  onFailure = () => {};
  #arrays;
  #plain;
  #network;
  #lips;
  #eyes;
  #weights = new Float64Array(ARKIT_NAMES.length);
  #looks = new Float64Array(GAZE.length);

  /** `arrays`: the puppet's. */
  constructor(arrays) {
    this.#arrays = arrays;
    this.#plain = this.#network = new PlainNetwork(arrays);
    this.#lips = new LipSeparation(arrays);
    this.#eyes = {
      neutral: arrays.neutral_vertices,
      eyeVertices: arrays.eye_vertices,
      eyeCentres: arrays.eye_centres,
    };
    this.vertices = arrays.resting_vertices.slice();
    /** Milliseconds that the network took in the last frame. */
    this.networkMs = 0;
  }

  /** From the next frame on this computes (litert_network.js). */
  use(network) {
    this.#network = network;
  }

  get runtime() {
    return this.#network.runtime;
  }

  /** Writes `vertices` (metres, head frame) for landmark displacements (478 × 3, metres), gaze and sway (m/s², or null). */
  async drive(displacements, gaze, sway) {
    lookWeights(gaze, this.#arrays.gaze_turns, this.#weights);
    GAZE.forEach((index, k) => {
      this.#looks[k] = this.#weights[index];
    });
    const startMs = performance.now();
    await this.#compute(displacements);
    this.networkMs = performance.now() - startMs;
    if (sway) this.#giveWay(sway);
    this.#lips.apply(this.vertices);
    turnEyeballs(this.vertices, this.#eyes, gaze);
  }

  async #compute(displacements) {
    try {
      await this.#network.run(displacements, this.#looks, this.vertices);
    } catch (error) {
      if (this.#network === this.#plain) throw error;
      this.#network = this.#plain;
      this.onFailure(error);
      this.#plain.run(displacements, this.#looks, this.vertices);
    }
  }

  #giveWay(sway) {
    const rows = this.#arrays["give.vertices"];
    const ways = this.#arrays["give.ways"];
    const each = 3 * rows.length;
    for (let k = 0, from = 0; k < rows.length; k += 1) {
      for (let i = 0; i < 3; i += 1, from += 1) {
        this.vertices[3 * rows[k] + i] += sway[0] * ways[from] + sway[1] * ways[each + from] + sway[2] * ways[2 * each + from];
      }
    }
  }
}
