// A latent to vertices: v = r + (I + M) (z - z₀) D, with M of the target material (landmark_driver/network/vertex_stages.py).

import { add, times, timesTransposed } from "../geometry/matrix.js";

export class Decoder {
  name = "decoder";
  #basis;
  #vertices;
  #resting;
  #rest;
  #material;
  #away;
  #step;
  #moved;

  constructor(own) {
    this.#basis = wholeBasis(own);
    this.#vertices = own.vertices;
    this.#resting = own.resting_vertices;
    this.#rest = own.rest_latent;
    this.#material = own.material_map.some((value) => value !== 0) ? own.material_map : null;
    [this.#away, this.#step] = [0, 1].map(() => new Float32Array(own.rest_latent.length));
    this.#moved = new Float32Array(3 * own.vertices.length);
  }

  apply({ latent, vertices }) {
    const [away, moved, rows] = [this.#away, this.#moved, this.#vertices];
    for (let i = 0; i < latent.length; i += 1) away[i] = latent[i] - this.#rest[i];
    if (this.#material) {
      times(this.#material, away, this.#step);
      add(away, this.#step);
    }
    timesTransposed(this.#basis, away, moved);
    vertices.set(this.#resting);
    for (let k = 0, from = 0; k < rows.length; k += 1, from += 3) {
      const at = 3 * rows[k];
      vertices[at] += moved[from];
      vertices[at + 1] += moved[from + 1];
      vertices[at + 2] += moved[from + 2];
    }
  }
}

/** The head's own 52 shapes, then the shared basis in this head's size. */
function wholeBasis({ own, shared, scale: [scale] }) {
  const basis = new Float32Array(own.length + shared.length);
  basis.set(own);
  for (let at = 0; at < shared.length; at += 1) basis[own.length + at] = scale * shared[at];
  return basis;
}
