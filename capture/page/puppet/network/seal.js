// Lips that are closed touch, and part by as much as the expression opens them (landmark_driver/head/lip_seal.py).

import { WEIGHT_UNIT } from "./latent.js";

const ROUNDS = 2;
const SLOPES = Float64Array.from({ length: 9 }, (_, k) => -1 + k / 4);
const APART_M = 1e-5;
const UPPER = 0, LOWER = 1;

export class Seal {
  name = "seal";
  #own;
  #rest;
  #sections;
  #place;
  #reach;
  #rise;

  /** A stage's own arrays, and the decoder's latent at rest. */
  constructor(own, rest) {
    this.#own = own;
    this.#rest = rest;
    this.#sections = own.give.length;
    this.#place = [UPPER, LOWER].map(() => new Float64Array(this.#sections));
    this.#reach = [UPPER, LOWER].map(() => new Float64Array(this.#sections * SLOPES.length));
    this.#rise = new Float64Array(this.#sections);
  }

  apply({ latent, vertices }) {
    const { give, touch, moving, share } = this.#own;
    const open = this.#parting(latent);
    for (let round = 0; round < ROUNDS; round += 1) {
      this.#measure(UPPER, -1, vertices);
      this.#measure(LOWER, 1, vertices);
      for (let section = 0; section < this.#sections; section += 1) {
        const gap = this.#gap(section);
        const wanted = open * Math.max(gap + touch[section], 0) - touch[section];
        this.#rise[section] = (wanted - gap) / give[section];
      }
      for (let k = 0; k < moving.length; k += 1) {
        const at = 3 * moving[k];
        vertices[at + 1] += share[k] * interpolate(vertices[at], this.#place[UPPER], this.#rise);
      }
    }
  }

  /** How far the weights of the latent open the lips, 0 to 1. */
  #parting(latent) {
    const { opening } = this.#own;
    let sum = 0;
    for (let k = 0; k < opening.length; k += 1) {
      sum += opening[k] * Math.min(Math.max(WEIGHT_UNIT * (latent[k] - this.#rest[k]), 0), 1);
    }
    return Math.min(Math.max(sum, 0), 1);
  }

  /** The sections' places, and how far a lip reaches towards the other one along each slope: up for 1, down for -1. */
  #measure(lip, sign, vertices) {
    const { starts, columns, values, sections } = this.#own;
    const [place, reach] = [this.#place[lip], this.#reach[lip].fill(-Infinity)];
    const first = lip * (this.#sections + 1);
    for (let section = 0; section < this.#sections; section += 1) {
      const from = sections[first + section], to = sections[first + section + 1];
      const base = section * SLOPES.length;
      let across = 0;
      for (let row = from; row < to; row += 1) {
        let x = 0, y = 0, z = 0;
        for (let entry = starts[row]; entry < starts[row + 1]; entry += 1) {
          const at = 3 * columns[entry], value = values[entry];
          x += value * vertices[at];
          y += value * vertices[at + 1];
          z += value * vertices[at + 2];
        }
        across += x;
        for (let k = 0; k < SLOPES.length; k += 1) reach[base + k] = Math.max(reach[base + k], sign * (y + z * SLOPES[k]));
      }
      for (let k = 0; k < SLOPES.length; k += 1) reach[base + k] *= sign;
      place[section] = across / (to - from);
      if (section) place[section] = Math.max(place[section], place[section - 1] + APART_M);
    }
  }

  /** The height of the widest slot of a section. */
  #gap(section) {
    const [place, last] = [this.#place[LOWER], this.#sections - 1];
    const at = Math.min(Math.max(this.#place[UPPER][section], place[0]), place[last]);
    const right = lineAt(at, place), left = Math.min(right + 1, last);
    const along = left > right ? (at - place[right]) / (place[left] - place[right]) : 0;
    let gap = -Infinity;
    for (let k = 0; k < SLOPES.length; k += 1) {
      const a = this.#reach[LOWER][right * SLOPES.length + k], b = this.#reach[LOWER][left * SLOPES.length + k];
      gap = Math.max(gap, this.#reach[UPPER][section * SLOPES.length + k] - a - along * (b - a));
    }
    return gap;
  }
}

/** The last of rising places that is not beyond x, but for the very last one. */
function lineAt(x, places) {
  let low = 0, high = places.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** Between places in rising order, as numpy.interp. */
function interpolate(x, places, values) {
  const last = places.length - 1;
  if (x <= places[0]) return values[0];
  if (x >= places[last]) return values[last];
  const k = lineAt(x, places);
  return values[k] + ((values[k + 1] - values[k]) * (x - places[k])) / (places[k + 1] - places[k]);
}
