// A filter whose gain grows with what a value surprises by, on many points at once (landmark_driver/landmarks/smoothing.py).

export const GAP_S = 0.5;
/** @typedef {import("../geometry/matrix.js").Floats} Floats */

export class InnovationFilter {
  #cutoffHz;
  #threshold;
  /** @type {number | null} */
  #timeS = null;
  #smooth;

  /**
   * Cut-offs of still points in hertz, and thresholds in the values' unit (infinite for a filter that is the same at any speed),
   * one of both for each point.
   * @param {ArrayLike<number>} cutoffHz
   * @param {ArrayLike<number>} threshold
   */
  constructor(cutoffHz, threshold) {
    this.#cutoffHz = cutoffHz;
    this.#threshold = threshold;
    this.#smooth = new Float64Array(3 * threshold.length);
  }

  reset() {
    this.#timeS = null;
  }

  /**
   * Writes the smoothed points (finite, xyz after xyz) to `out`.
   * @param {ArrayLike<number>} values
   * @param {number} timeS
   * @param {Floats} out
   */
  apply(values, timeS, out) {
    const elapsed = this.#timeS === null ? 0 : timeS - this.#timeS;
    const anew = this.#timeS === null || elapsed > GAP_S;
    if (anew) this.#smooth.set(values);
    else if (elapsed > 0) this.#advance(values, elapsed);
    if (anew || elapsed > 0) this.#timeS = timeS;
    out.set(this.#smooth);
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {number} elapsedS
   */
  #advance(values, elapsedS) {
    const smooth = this.#smooth;
    for (let point = 0, at = 0; at < values.length; point += 1, at += 3) {
      const x = values[at] - smooth[at], y = values[at + 1] - smooth[at + 1], z = values[at + 2] - smooth[at + 2];
      const squared = x * x + y * y + z * z;
      const still = 1 / (1 + 1 / (2 * Math.PI * this.#cutoffHz[point] * elapsedS));
      const gain = still + ((1 - still) * squared) / (squared + this.#threshold[point] ** 2);
      smooth[at] += gain * x;
      smooth[at + 1] += gain * y;
      smooth[at + 2] += gain * z;
    }
  }
}
