// The solved effect of an edit on the head's own shapes: v ← v + [w, w²] C B (landmark_driver/network/vertex_stages.py).

import { timesTransposed } from "../geometry/matrix.js";
import { SHAPES, WEIGHT_UNIT } from "./latent.js";

export class Edit {
  name = "edit";
  #coefficients;
  #directions;
  #vertices;
  #rest;
  #weights = new Float32Array(2 * SHAPES);
  #terms;
  #moved;

  /** The stage's own arrays, and the decoder's latent at rest. */
  constructor({ coefficients, directions, vertices }, rest) {
    this.#coefficients = coefficients;
    this.#directions = directions;
    this.#vertices = vertices;
    this.#rest = rest;
    this.#terms = new Float32Array(coefficients.length / (2 * SHAPES));
    this.#moved = new Float32Array(3 * vertices.length);
  }

  apply({ latent, vertices }) {
    const [weights, moved, rows] = [this.#weights, this.#moved, this.#vertices];
    for (let i = 0; i < SHAPES; i += 1) {
      weights[i] = Math.min(Math.max(WEIGHT_UNIT * (latent[i] - this.#rest[i]), 0), 1);
      weights[SHAPES + i] = weights[i] * weights[i];
    }
    timesTransposed(this.#coefficients, weights, this.#terms);
    timesTransposed(this.#directions, this.#terms, moved);
    for (let k = 0, from = 0; k < rows.length; k += 1) {
      for (let i = 0; i < 3; i += 1, from += 1) vertices[3 * rows[k] + i] += moved[from];
    }
  }
}
