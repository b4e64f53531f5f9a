// Blendshape weights of a latent brought back into 0..1, where living faces have them (landmark_driver/network/bounded_latent.py).

import { times } from "../geometry/matrix.js";
import { BoundedLeastSquares } from "./bounded_least_squares.js";
import { SHAPES, WEIGHT_UNIT } from "./latent.js";

export class Bounds {
  name = "bounds";
  #precision;
  #follow;
  #solver;
  #linear = new Float64Array(SHAPES);
  #moved = new Float32Array(SHAPES);
  #rest;

  constructor({ precision, follow }) {
    this.#precision = precision;
    this.#follow = follow;
    this.#rest = new Float32Array(follow.length / SHAPES);
    this.#solver = new BoundedLeastSquares(precision, SHAPES, 1 / WEIGHT_UNIT);
  }

  /** Leaves a latent as it is where no weight is out of bounds. */
  apply({ latent }) {
    const weights = latent.subarray(0, SHAPES);
    if (weights.every((weight) => weight >= 0 && weight <= 1 / WEIGHT_UNIT)) return;
    times(this.#precision, weights, this.#linear);
    const bounded = this.#solver.solve(this.#linear);
    for (let i = 0; i < SHAPES; i += 1) this.#moved[i] = Math.fround(bounded[i]) - weights[i];
    weights.set(bounded);
    times(this.#follow, this.#moved, this.#rest);
    for (let i = 0; i < this.#rest.length; i += 1) latent[SHAPES + i] += this.#rest[i];
  }
}
