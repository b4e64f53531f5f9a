// Landmarks move the skin where no latent does: r = d - C (z - z₀), r ← r - A Q r, v ← v + G r with a sparse G
// (landmark_driver/network/residual_stage.py).

import { times } from "../geometry/matrix.js";

export class Residual {
  name = "residual";
  #rows;
  #rest;
  #nuisance;
  #toNuisance;
  #vertices;
  #near;
  #gain;
  #away;
  #left;
  #shared;
  #amplitudes;

  /** A stage's own arrays, and those of the decoder from whose basis C follows. */
  constructor({ corners, weights, nuisance, to_nuisance: toNuisance, vertices, near, gain }, decoder) {
    this.#rest = decoder.rest_latent;
    this.#rows = landmarkRows(corners, weights, decoder);
    this.#nuisance = nuisance;
    this.#toNuisance = toNuisance;
    this.#vertices = vertices;
    this.#near = near;
    this.#gain = gain;
    const coordinates = corners.length;
    this.#away = new Float32Array(this.#rest.length);
    [this.#left, this.#shared] = [0, 1].map(() => new Float32Array(coordinates));
    this.#amplitudes = new Float32Array(nuisance.length / coordinates);
  }

  apply({ displacements, latent, vertices }) {
    const [away, left, shared] = [this.#away, this.#left, this.#shared];
    for (let i = 0; i < away.length; i += 1) away[i] = latent[i] - this.#rest[i];
    times(this.#rows, away, shared);
    for (let i = 0; i < left.length; i += 1) left[i] = displacements[i] - shared[i];
    times(this.#toNuisance, left, this.#amplitudes);
    times(this.#nuisance, this.#amplitudes, shared);
    for (let i = 0; i < left.length; i += 1) left[i] -= shared[i];
    this.#move(left, vertices);
  }

  #move(left, vertices) {
    const [moving, near, gain] = [this.#vertices, this.#near, this.#gain];
    const each = near.length / moving.length;
    for (let i = 0, k = 0; i < moving.length; i += 1) {
      let x = 0, y = 0, z = 0;
      for (const end = k + each; k < end; k += 1) {
        const from = 3 * near[k], at = 3 * k;
        x += gain[at] * left[from];
        y += gain[at + 1] * left[from + 1];
        z += gain[at + 2] * left[from + 2];
      }
      const to = 3 * moving[i];
      vertices[to] += x;
      vertices[to + 1] += y;
      vertices[to + 2] += z;
    }
  }
}

/** C: the decoder's basis interpolated at the landmarks, (3 L, Z) row by row. */
function landmarkRows(corners, weights, { own, shared, scale: [scale], vertices, rest_latent: { length: latents } }) {
  const columns = 3 * vertices.length;
  const shapes = own.length / columns;
  const place = new Map(Array.from(vertices, (vertex, column) => [vertex, 3 * column]));
  const rows = new Float32Array(corners.length * latents);
  for (let at = 0; at < corners.length; at += 1) {
    const column = place.get(corners[at]);
    if (column === undefined) continue;
    const first = 3 * Math.floor(at / 3);
    for (let axis = 0; axis < 3; axis += 1) {
      for (let i = 0; i < latents; i += 1) {
        const motion = i < shapes ? own[i * columns + column + axis] : scale * shared[(i - shapes) * columns + column + axis];
        rows[(first + axis) * latents + i] += weights[at] * motion;
      }
    }
  }
  return rows;
}
