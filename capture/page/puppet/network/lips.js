// Lips that cross are moved apart: upper up, lower down, by as much as they overlap (landmark_driver/head/lip_separation.py).

import { crosses, verticalOverlap } from "../geometry/triangle_pair.js";

const ROUNDS = 24;
const MARGIN_M = 2e-5;
const BAND_M = 0.008;
const LEAST_SHARE = 0.5;
const STRIPS = 10;
const SLACK_M = 5e-4;
const SPACING_M = 0.002;
const PLACES_M = Float64Array.from({ length: 51 }, (_, k) => -0.05 + k * SPACING_M);

export class Lips {
  name = "lips";
  #upper;
  #lower;
  #slit;
  #moving;
  #share;
  #shareOf;
  #strip;
  #height;
  #rimX;
  #rimY;
  #high = new Float64Array(STRIPS + 4);
  #deep = new Float64Array(STRIPS + 4);
  #wanted = new Float64Array(PLACES_M.length);
  #upperUsed;
  #lowerUsed;

  constructor({ upper, lower, slit, moving, share }) {
    this.#upper = upper;
    this.#lower = lower;
    this.#slit = slit;
    this.#moving = moving;
    this.#share = share;
    const count = 1 + [upper, lower, slit, moving].flatMap((used) => [...used]).reduce((most, v) => Math.max(most, v), -1);
    this.#shareOf = new Float64Array(count);
    this.#moving.forEach((vertex, k) => {
      this.#shareOf[vertex] = this.#share[k];
    });
    this.#strip = new Int8Array(count);
    this.#height = new Float64Array(count);
    [this.#rimX, this.#rimY] = [0, 1].map(() => new Float64Array(this.#slit.length / 2));
    [this.#upperUsed, this.#lowerUsed] = [this.#upper, this.#lower].map((corners) => Uint32Array.from(new Set(corners)));
  }

  apply({ vertices }) {
    for (let past = 0; past < ROUNDS; past += 1) {
      const pairs = this.#crossing(vertices);
      if (!pairs.length) return;
      this.#part(vertices, pairs, 1 + past / 3);
    }
  }

  /** [upper, lower] corners of triangles that cut through each other. */
  #crossing(vertices) {
    this.#measure(vertices);
    const upper = reaching(this.#upper, (v) => this.#height[v] <= this.#high[this.#strip[v]] + SLACK_M);
    const lower = reaching(this.#lower, (v) => this.#height[v] >= this.#deep[this.#strip[v]] - SLACK_M);
    if (!upper.length || !lower.length) return [];
    const [first, second] = [upper, lower].map((triangles) => triangles.map((corners) => new Triangle(vertices, corners)));
    const pairs = [];
    for (const a of first) for (const b of second) if (a.nears(b) && crosses(a.points, b.points)) pairs.push([a, b]);
    return pairs;
  }

  /** Each lip vertex's strip across the mouth and height over the slit; how far each lip reaches in every strip. */
  #measure(vertices) {
    const [x, y] = [this.#rimX, this.#rimY];
    for (let k = 0; k < x.length; k += 1) {
      const a = 3 * this.#slit[k], b = 3 * this.#slit[x.length + k];
      x[k] = (vertices[a] + vertices[b]) / 2;
      y[k] = (vertices[a + 1] + vertices[b + 1]) / 2;
    }
    const perStrip = STRIPS / (Math.max(...x) - Math.min(...x));
    this.#high.fill(-1);
    this.#deep.fill(1);
    for (const v of this.#lowerUsed) this.#place(v, vertices, perStrip);
    for (const v of this.#upperUsed) this.#place(v, vertices, perStrip);
    for (const v of this.#lowerUsed) this.#high[this.#strip[v]] = Math.max(this.#high[this.#strip[v]], this.#height[v]);
    for (const v of this.#upperUsed) this.#deep[this.#strip[v]] = Math.min(this.#deep[this.#strip[v]], this.#height[v]);
    widen(this.#high, Math.max);
    widen(this.#deep, Math.min);
  }

  #place(v, vertices, perStrip) {
    const strip = Math.trunc((vertices[3 * v] - this.#rimX[0]) * perStrip);
    this.#strip[v] = Math.min(Math.max(strip, -1), STRIPS) + 2;
    this.#height[v] = vertices[3 * v + 1] - interpolate(vertices[3 * v], this.#rimX, this.#rimY);
  }

  /** One round; later ones are more `eager` and wider, since what is folded needs more than its overlap. */
  #part(vertices, pairs, eager) {
    const wanted = this.#wanted.fill(0);
    for (const [above, below] of pairs) {
      const give = this.#meanShare(above) - this.#meanShare(below);
      const overlap = verticalOverlap(above.points, below.points);
      const depth = (eager * (overlap + MARGIN_M)) / Math.max(give, LEAST_SHARE);
      const low = Math.min(above.low[0], below.low[0]), high = Math.max(above.high[0], below.high[0]);
      for (let k = 0; k < wanted.length; k += 1) {
        const beside = Math.max(low - PLACES_M[k], PLACES_M[k] - high);
        const outside = Math.min(Math.max((beside - SPACING_M) / (eager * BAND_M), 0), 1);
        wanted[k] = Math.max(wanted[k], depth * (1 - outside ** 2) ** 2);
      }
    }
    for (let k = 0; k < this.#moving.length; k += 1) {
      const at = 3 * this.#moving[k];
      vertices[at + 1] += this.#share[k] * interpolate(vertices[at], PLACES_M, wanted);
    }
  }

  #meanShare({ corners: [a, b, c] }) {
    return (this.#shareOf[a] + this.#shareOf[b] + this.#shareOf[c]) / 3;
  }
}

/** A triangle's corners, their places, and the box around them. */
class Triangle {
  constructor(vertices, corners) {
    this.corners = corners;
    this.points = corners.map((v) => [vertices[3 * v], vertices[3 * v + 1], vertices[3 * v + 2]]);
    const [a, b, c] = this.points;
    this.low = [0, 1, 2].map((axis) => Math.min(a[axis], b[axis], c[axis]));
    this.high = [0, 1, 2].map((axis) => Math.max(a[axis], b[axis], c[axis]));
  }

  nears({ low, high }) {
    return (
      this.low[0] <= high[0] && low[0] <= this.high[0] &&
      this.low[1] <= high[1] && low[1] <= this.high[1] &&
      this.low[2] <= high[2] && low[2] <= this.high[2]
    );
  }
}

/** Triangles of which any corner reaches, as [a, b, c]. */
function reaching(triangles, reaches) {
  const found = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]];
    if (reaches(a) || reaches(b) || reaches(c)) found.push([a, b, c]);
  }
  return found;
}

/** Every strip takes the most of itself and its neighbours; the outermost stay. */
function widen(strips, most) {
  let before = strips[0];
  for (let k = 1; k < strips.length - 1; k += 1) {
    const own = strips[k];
    strips[k] = most(before, own, strips[k + 1]);
    before = own;
  }
}

/** Between places in rising order, as numpy.interp. */
function interpolate(x, places, values) {
  const last = places.length - 1;
  if (x <= places[0]) return values[0];
  if (x >= places[last]) return values[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] <= x) low = middle;
    else high = middle;
  }
  return values[low] + ((values[high] - values[low]) * (x - places[low])) / (places[high] - places[low]);
}
