// The head turned as the performer's, about a point of the neck (desktop_viewer/view.py).

import { product3, rotate, transpose3 } from "../geometry/similarity.js";

const NECK_M = [0, -0.09, -0.07];

/** Keeps the pose of the first calibrated frame, from which turns are counted. */
export class HeadTurn {
  /** @type {Float64Array | null} */
  #neutral = null;

  /**
   * T_screen_head of a face, 16 numbers row by row: the turn is shown, not the way.
   * @returns {Parameters<import("three").Matrix4["set"]>}
   */
  apply({ pose, calibrated }) {
    const rotation = Float64Array.of(pose[0], pose[1], pose[2], pose[4], pose[5], pose[6], pose[8], pose[9], pose[10]);
    if (!this.#neutral || !calibrated) this.#neutral = rotation;
    const r = product3(rotation, transpose3(this.#neutral));
    const [x, y, z] = rotate(r, NECK_M);
    return [r[0], r[1], r[2], NECK_M[0] - x, r[3], r[4], r[5], NECK_M[1] - y, r[6], r[7], r[8], NECK_M[2] - z, 0, 0, 0, 1];
  }
}
