// MediaPipe shows less of an expression than there is; this undoes it (landmark_driver/landmarks/tracker_response.py).

import { add, times, timesTransposed } from "../geometry/matrix.js";

const SURFACE_COUNT = 468;

export class TrackerResponse {
  #arrays;
  #neighbours;
  #linearShare;
  #supportSquares;
  #features;
  #near;
  #rank;
  #reported = new Float32Array(3 * SURFACE_COUNT);
  #corrected = new Float32Array(3 * SURFACE_COUNT);
  #kernelPart = new Float32Array(3 * SURFACE_COUNT);

  /**
   * A phone file's. One of 0.1.0 has no neighbours, and a kernel with a linear part (files/earlier_phone_file.js).
   * @param {{arrays: Record<string, any>, shapes: Record<string, number[]>}} file
   */
  constructor({ arrays, shapes }) {
    const [points, features] = shapes["response.support_points"];
    this.#arrays = arrays;
    this.#neighbours = shapes["response.near"][1];
    this.#linearShare = arrays["response.linear_share"]?.[0] ?? 0;
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
    const reported = this.#reported;
    for (let at = 0; at < reported.length; at += 1) reported[at] = displacements[at];
    timesTransposed(this.#arrays["response.inward"], reported, this.#features);
    this.#kernel();
    timesTransposed(this.#arrays["response.dual_coefficients"], this.#near, this.#rank);
    timesTransposed(this.#arrays["response.outward"], this.#rank, this.#kernelPart);
    this.#local();
    add(this.#corrected, this.#kernelPart);
    displacements.set(this.#corrected);
  }

  /** What the landmarks around each one count for it. */
  #local() {
    const near = this.#arrays["response.near"], local = this.#arrays["response.local"];
    const neighbours = this.#neighbours, reported = this.#reported;
    for (let row = 0, at = 0; row < this.#corrected.length; row += 1) {
      const first = neighbours * Math.floor(row / 3);
      let sum = 0;
      for (let neighbour = first; neighbour < first + neighbours; neighbour += 1, at += 3) {
        const read = 3 * near[neighbour];
        sum += local[at] * reported[read] + local[at + 1] * reported[read + 1] + local[at + 2] * reported[read + 2];
      }
      this.#corrected[row] = sum;
    }
  }

  /** Nearness to each support point, less what a function that is zero at zero has of it, and a linear part. */
  #kernel() {
    const near = this.#near;
    times(this.#arrays["response.support_points"], this.#features, near);
    const squared = squaredLength(this.#features);
    for (let point = 0; point < near.length; point += 1) {
      const both = squared + this.#supportSquares[point];
      near[point] = Math.exp(Math.min(near[point] - both / 2, 0)) - Math.exp(-both / 2) + this.#linearShare * near[point];
    }
  }
}

/** @param {Float32Array} vector */
const squaredLength = (vector) => vector.reduce((sum, value) => sum + value * value, 0);
