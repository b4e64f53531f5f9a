// MediaPipe shows less of an expression than there is; this undoes it (landmark_driver/landmarks/tracker_response.py).

import { times, timesTransposed } from "../geometry/matrix.js";

const SURFACE_COUNT = 468;
const LINEAR_SHARE = 0.3;

export class TrackerResponse {
  #arrays;
  #supportSquares;
  #features;
  #near;
  #rank;
  #flat = new Float32Array(3 * SURFACE_COUNT);

  /**
   * A phone file's.
   * @param {{arrays: Record<string, any>, shapes: Record<string, number[]>}} file
   */
  constructor({ arrays, shapes }) {
    const [points, features] = shapes["response.support_points"];
    this.#arrays = arrays;
    this.#features = new Float32Array(features);
    this.#near = new Float32Array(points);
    this.#rank = new Float32Array(shapes["response.dual_coefficients"][1]);
    this.#supportSquares = Float32Array.from({ length: points }, (_, point) =>
      squaredLength(arrays["response.support_points"].subarray(features * point, features * (point + 1))),
    );
  }

  /**
   * Corrects reported displacements (478 × 3, metres) in place; the irises, which the map does not know, stay.
   * @param {import("../geometry/matrix.js").Floats} displacements
   */
  apply(displacements) {
    const flat = this.#flat;
    for (let at = 0; at < flat.length; at += 1) flat[at] = displacements[at];
    timesTransposed(this.#arrays["response.inward"], flat, this.#features);
    this.#kernel();
    timesTransposed(this.#arrays["response.dual_coefficients"], this.#near, this.#rank);
    timesTransposed(this.#arrays["response.outward"], this.#rank, flat);
    displacements.set(flat);
  }

  /** Nearness to each support point, less what a function that is zero at zero has of it, and a linear part. */
  #kernel() {
    const near = this.#near;
    times(this.#arrays["response.support_points"], this.#features, near);
    const squared = squaredLength(this.#features);
    for (let point = 0; point < near.length; point += 1) {
      const both = squared + this.#supportSquares[point];
      near[point] = Math.exp(Math.min(near[point] - both / 2, 0)) - Math.exp(-both / 2) + LINEAR_SHARE * near[point];
    }
  }
}

/** @param {Float32Array} vector */
const squaredLength = (vector) => vector.reduce((sum, value) => sum + value * value, 0);
