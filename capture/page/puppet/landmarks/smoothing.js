// The One-Euro filter (Casiez, Roussel, Vogel, CHI 2012) on many points at once (landmark_driver/landmarks/smoothing.py).

export const GAP_S = 0.5;
/** @typedef {import("../geometry/matrix.js").Floats} Floats */

const SPEED_CUTOFF_HZ = 1.5;

export class OneEuroFilter {
  #minCutoffHz;
  #beta;
  /** @type {number | null} */
  #timeS = null;
  #raw;
  #smooth;
  #speed;

  /**
   * Cut-offs in hertz, beta in hertz for each unit a second, one of both for each point.
   * @param {ArrayLike<number>} minCutoffHz
   * @param {ArrayLike<number>} beta
   */
  constructor(minCutoffHz, beta) {
    this.#minCutoffHz = minCutoffHz;
    this.#beta = beta;
    this.#raw = new Float64Array(3 * beta.length);
    this.#smooth = new Float64Array(3 * beta.length);
    this.#speed = new Float64Array(3 * beta.length);
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
    if (this.#timeS === null || elapsed > GAP_S) this.#restart(values, timeS);
    else if (elapsed > 0) this.#advance(values, timeS, elapsed);
    out.set(this.#smooth);
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {number} timeS
   */
  #restart(values, timeS) {
    this.#raw.set(values);
    this.#smooth.set(values);
    this.#speed.fill(0);
    this.#timeS = timeS;
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {number} timeS
   * @param {number} elapsed
   */
  #advance(values, timeS, elapsed) {
    const [raw, smooth, speed] = [this.#raw, this.#smooth, this.#speed];
    const speedGain = gain(SPEED_CUTOFF_HZ, elapsed);
    for (let point = 0, at = 0; at < values.length; point += 1, at += 3) {
      let squared = 0;
      for (let i = at; i < at + 3; i += 1) {
        speed[i] += speedGain * ((values[i] - raw[i]) / elapsed - speed[i]);
        squared += speed[i] * speed[i];
      }
      const share = gain(this.#minCutoffHz[point] + this.#beta[point] * Math.sqrt(squared), elapsed);
      for (let i = at; i < at + 3; i += 1) smooth[i] += share * (values[i] - smooth[i]);
    }
    raw.set(values);
    this.#timeS = timeS;
  }
}

/**
 * @param {number} cutoffHz
 * @param {number} elapsedS
 */
const gain = (cutoffHz, elapsedS) => 1 / (1 + 1 / (2 * Math.PI * cutoffHz * elapsedS));
