// The live SparseSoftDECA: landmark displacements to vertices (landmark_driver/sparse_driver.py).

import { ARKIT_NAMES } from "../arkit.js";
import { BoundedLatent, WEIGHT_UNIT } from "./bounded_latent.js";
import { lookWeights, turnEyeballs } from "./gaze.js";
import { LatentNetwork } from "./latent_network.js";
import { LipSeparation } from "./lip_separation.js";
import { times } from "./matrix.js";

const GAZE = ARKIT_NAMES.flatMap((name, index) => (name.startsWith("eyeLook") ? [index] : []));

export class SparseDriver {
  #arrays;
  #network;
  #bounded;
  #lips;
  #eyes;
  #latent;
  #looks = new Float32Array(GAZE.length);
  #weights = new Float64Array(ARKIT_NAMES.length);
  #flat;
  #byLooks;

  /** `arrays`: the puppet's. */
  constructor(arrays) {
    this.#arrays = arrays;
    this.#network = new LatentNetwork(arrays);
    this.#bounded = new BoundedLatent(arrays);
    this.#lips = new LipSeparation(arrays);
    this.#eyes = {
      neutral: arrays.neutral_vertices,
      eyeVertices: arrays.eye_vertices,
      eyeCentres: arrays.eye_centres,
    };
    this.#latent = new Float32Array(arrays.offset.length);
    this.#flat = new Float32Array(arrays.neutral_landmarks.length);
    this.#byLooks = new Float32Array(arrays.neutral_landmarks.length);
    this.vertices = arrays.resting_vertices.slice();
    /** Milliseconds that the network took in the last frame. */
    this.networkMs = 0;
  }

  /** Writes `vertices` (metres, head frame) for landmark displacements (478 × 3, metres), gaze and sway (m/s², or null). */
  drive(displacements, gaze, sway) {
    const latent = this.#latent;
    this.#takeLooksOff(displacements, gaze);
    const startMs = performance.now();
    this.#network.see(this.#flat, latent);
    GAZE.forEach((index, k) => {
      latent[index] = this.#looks[k];
    });
    this.#network.correct(latent);
    this.#bounded.apply(latent);
    this.vertices.set(this.#arrays.resting_vertices);
    this.#network.decode(latent, this.vertices);
    this.networkMs = performance.now() - startMs;
    if (sway) this.#giveWay(sway);
    this.#lips.apply(this.vertices);
    turnEyeballs(this.vertices, this.#eyes, gaze);
  }

  /** What the landmarks show besides the lids that follow the gaze. */
  #takeLooksOff(displacements, gaze) {
    lookWeights(gaze, this.#arrays.gaze_turns, this.#weights);
    GAZE.forEach((index, k) => {
      this.#looks[k] = this.#weights[index] / WEIGHT_UNIT;
    });
    times(this.#arrays.looks, this.#looks, this.#byLooks);
    for (let at = 0; at < this.#flat.length; at += 1) {
      this.#flat[at] = Math.fround(displacements[at]) - this.#byLooks[at];
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
