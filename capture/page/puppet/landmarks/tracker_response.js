// MediaPipe shows less of an expression than there is; this undoes it (landmark_driver/landmarks/tracker_response.py).

import { times, timesTransposed } from "../geometry/matrix.js";

const SURFACE_COUNT = 468;
const LINEAR_SHARE = 0.3;

export class TrackerResponse {
  #arrays;
  #sightSquares;
  #features;
  #near;
  #rank;
  #flat = new Float32Array(3 * SURFACE_COUNT);

  /** `arrays`: the puppet's. */
  constructor(arrays, shapes) {
    const [sights, features] = shapes["response.sights"];
    this.#arrays = arrays;
    this.#features = new Float32Array(features);
    this.#near = new Float32Array(sights);
    this.#rank = new Float32Array(shapes["response.answers"][1]);
    this.#sightSquares = Float32Array.from({ length: sights }, (_, sight) =>
      squaredLength(arrays["response.sights"].subarray(features * sight, features * (sight + 1))),
    );
  }

  /** Corrects reported displacements (478 × 3, metres) in place; the irises, which the map does not know, stay. */
  apply(displacements) {
    const flat = this.#flat;
    for (let at = 0; at < flat.length; at += 1) flat[at] = displacements[at];
    timesTransposed(this.#arrays["response.inward"], flat, this.#features);
    this.#kernel();
    timesTransposed(this.#arrays["response.answers"], this.#near, this.#rank);
    timesTransposed(this.#arrays["response.outward"], this.#rank, flat);
    displacements.set(flat);
  }

  /** Nearness to each sight, less what a function that is zero at zero has of it, and a linear part. */
  #kernel() {
    const near = this.#near;
    times(this.#arrays["response.sights"], this.#features, near);
    const squared = squaredLength(this.#features);
    for (let sight = 0; sight < near.length; sight += 1) {
      const both = squared + this.#sightSquares[sight];
      near[sight] = Math.exp(Math.min(near[sight] - both / 2, 0)) - Math.exp(-both / 2) + LINEAR_SHARE * near[sight];
    }
  }
}

const squaredLength = (vector) => vector.reduce((sum, value) => sum + value * value, 0);
