// The solved effect of an edit on the head's own shapes: v ← v + [w, w²] C B, w the weights of the latent in 0..1
// (landmark_driver/network/vertex_stages.py).

import { timesTransposed } from "../geometry/matrix.js";
import { SHAPES, WEIGHT_UNIT } from "./latent.js";

export class Edit {
  name = "edit";
  #coefficients;
  #directions;
  #vertices;
  #rest;
  #terms = new Float32Array(2 * SHAPES);
  #amounts;
  #moved;

  /** A stage's own arrays, and the decoder's latent at rest. */
  constructor({ coefficients, directions, vertices }, rest) {
    this.#coefficients = coefficients;
    this.#directions = directions;
    this.#vertices = vertices;
    this.#rest = rest;
    this.#amounts = new Float32Array(coefficients.length / (2 * SHAPES));
    this.#moved = new Float32Array(3 * vertices.length);
  }

  apply({ latent, vertices }) {
    const [terms, moved, rows] = [this.#terms, this.#moved, this.#vertices];
    for (let i = 0; i < SHAPES; i += 1) {
      const weight = Math.min(Math.max(WEIGHT_UNIT * (latent[i] - this.#rest[i]), 0), 1);
      terms[i] = weight;
      terms[SHAPES + i] = weight * weight;
    }
    timesTransposed(this.#coefficients, terms, this.#amounts);
    timesTransposed(this.#directions, this.#amounts, moved);
    for (let k = 0, from = 0; k < rows.length; k += 1, from += 3) {
      for (let axis = 0; axis < 3; axis += 1) vertices[3 * rows[k] + axis] += moved[from + axis];
    }
  }
}
