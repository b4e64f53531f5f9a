// Flesh that lags behind a moving head: a damped oscillator for each axis (landmark_driver/landmarks/secondary_motion.py).

import { rotateBack } from "../geometry/similarity.js";
import { GAP_S, InnovationFilter } from "./smoothing.js";

const DAMPING = 0.3;
const CUTOFF_HZ = 4;
const LARGEST_M_S2 = 45;

export class SecondaryMotion {
  #omega;
  #centre;
  #smooth = new InnovationFilter(Float64Array.of(CUTOFF_HZ), Float64Array.of(Infinity));
  /** @type {Place[]} The last three. */
  #places = [];
  /** @type {number[]} */
  #u = [0, 0, 0];
  /** @type {number[]} */
  #v = [0, 0, 0];

  /**
   * `omega` in radians a second; `centre` (metres, head frame) is where the flesh is.
   * @param {number} omega
   * @param {ArrayLike<number>} centre
   */
  constructor(omega, centre) {
    this.#omega = omega;
    this.#centre = centre;
  }

  /** Tissue at rest; what comes next has nothing to do with what came before. */
  reset() {
    this.#smooth.reset();
    this.#places = [];
    this.#u = [0, 0, 0];
    this.#v = [0, 0, 0];
  }

  /**
   * What tissue feels besides gravity, head frame, m/s². `pose` is T_camera_head.
   * @param {ArrayLike<number>} pose
   * @param {number} timeS
   */
  apply(pose, timeS) {
    const last = this.#places.at(-1);
    const since = last ? timeS - last.timeS : 1e-9;
    if (!(since > 0 && since <= GAP_S)) this.reset();
    const place = new Float64Array(3);
    this.#smooth.apply(carried(pose, this.#centre), timeS, place);
    this.#places = [...this.#places.slice(-2), { timeS, place }];
    if (this.#places.length < 3) return this.#u;
    const felt = acceleration(this.#places).map((value) => -value);
    const share = Math.min(1, LARGEST_M_S2 / Math.max(Math.hypot(...felt), 1e-9));
    const rotation = [pose[0], pose[1], pose[2], pose[4], pose[5], pose[6], pose[8], pose[9], pose[10]];
    this.#advance(rotateBack(rotation, felt.map((value) => share * value)), timeS - this.#places[1].timeS);
    return this.#u;
  }

  /**
   * The oscillator's exact way over one step with a target that holds.
   * @param {number[]} target
   * @param {number} stepS
   */
  #advance(target, stepS) {
    const omega = this.#omega;
    const turned = omega * Math.sqrt(1 - DAMPING ** 2);
    const fade = Math.exp(-DAMPING * omega * stepS);
    const c = Math.cos(turned * stepS), s = Math.sin(turned * stepS);
    const away = this.#u.map((u, i) => u - target[i]);
    const v = this.#v;
    this.#u = away.map((a, i) => target[i] + fade * (a * c + ((v[i] + DAMPING * omega * a) * s) / turned));
    this.#v = away.map((a, i) => fade * (v[i] * c - ((DAMPING * omega * v[i] + omega ** 2 * a) * s) / turned));
  }
}

/**
 * A point of the head frame where `pose`, a matrix by rows, puts it.
 * @param {ArrayLike<number>} pose
 * @param {ArrayLike<number>} point
 */
function carried(pose, point) {
  /** @param {number} i */
  const row = (i) => pose[4 * i] * point[0] + pose[4 * i + 1] * point[1] + pose[4 * i + 2] * point[2] + pose[4 * i + 3];
  return Float64Array.of(row(0), row(1), row(2));
}

/** @typedef {{timeS: number, place: Float64Array}} Place */

/**
 * Of three places at times that need not be evenly spaced.
 * @param {Place[]} places
 */
function acceleration(places) {
  const [first, middle, last] = places;
  /** @type {(from: Place, to: Place, i: number) => number} */
  const speed = (from, to, i) => (to.place[i] - from.place[i]) / (to.timeS - from.timeS);
  return [0, 1, 2].map((i) => (2 * (speed(middle, last, i) - speed(first, middle, i))) / (last.timeS - first.timeS));
}
