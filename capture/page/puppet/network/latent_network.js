// The per-frame network in plain JavaScript: landmark displacements to a latent, and a latent to displacements of vertices
// (landmark_driver/drivers/sparse_driver.py, landmark_driver/network/film_network.py).

import { times, timesTransposed } from "../geometry/matrix.js";

const SHAPES = 52;
const HIDDEN = [0, 1, 2];

export class LatentNetwork {
  #arrays;
  #basis;
  #layers;
  #still;
  #shown;
  #away;
  #step;
  #moved;

  /** `arrays`: the puppet's. */
  constructor(arrays) {
    const latents = arrays.offset.length;
    this.#arrays = arrays;
    this.#basis = wholeBasis(arrays);
    this.#layers = HIDDEN.map((number) => ({
      weight: arrays[`corrector.${number}.weight`],
      bias: arrays[`corrector.${number}.bias`],
      result: new Float32Array(arrays[`corrector.${number}.bias`].length),
    }));
    this.#still = arrays.still_latent;
    this.#shown = arrays.tissue_map.some((value) => value !== 0) ? arrays.tissue_map : null;
    [this.#away, this.#step] = [0, 1].map(() => new Float32Array(latents));
    this.#moved = new Float32Array(3 * arrays["basis.vertices"].length);
  }

  /** z0 = G d + offset */
  see(displacements, latent) {
    times(this.#arrays.gain, displacements, latent);
    add(latent, this.#arrays.offset);
  }

  /** z = z0 + corrector(z0), in place. */
  correct(latent) {
    let h = latent;
    for (const { weight, bias, result } of this.#layers) {
      times(weight, h, result);
      for (let i = 0; i < result.length; i += 1) result[i] = silu(result[i] + bias[i]);
      h = result;
    }
    times(this.#arrays["corrector.out.weight"], h, this.#step);
    add(this.#step, this.#arrays["corrector.out.bias"]);
    add(latent, this.#step);
  }

  /** Adds what a latent moves to `vertices`: (I + M) (z - still) through the basis. */
  decode(latent, vertices) {
    for (let i = 0; i < latent.length; i += 1) this.#away[i] = latent[i] - this.#still[i];
    if (this.#shown) {
      times(this.#shown, this.#away, this.#step);
      add(this.#away, this.#step);
    }
    const moved = this.#moved;
    timesTransposed(this.#basis, this.#away, moved);
    const rows = this.#arrays["basis.vertices"];
    for (let k = 0, from = 0; k < rows.length; k += 1, from += 3) {
      const at = 3 * rows[k];
      vertices[at] += moved[from];
      vertices[at + 1] += moved[from + 1];
      vertices[at + 2] += moved[from + 2];
    }
  }
}

/** The head's own 52 shapes, then the shared basis in this head's size. */
function wholeBasis(arrays) {
  const [own, shared, scale] = [arrays["basis.own"], arrays["basis.shared"], arrays["basis.scale"][0]];
  const basis = new Float32Array(own.length + shared.length);
  basis.set(own);
  for (let at = 0; at < shared.length; at += 1) basis[own.length + at] = scale * shared[at];
  return basis;
}

function add(to, array) {
  for (let i = 0; i < to.length; i += 1) to[i] += array[i];
}

const silu = (x) => x * (0.5 + 0.5 * Math.tanh(0.5 * x));
