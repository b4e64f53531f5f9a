// From a performer's points in space to displacements on the character (landmark_driver/landmarks/calibration.py).

import { applySimilarity, fitSimilarity, product3, rotate, rotateBack, transpose3 } from "../geometry/similarity.js";

/**
 * @typedef {import("../geometry/matrix.js").Floats} Floats
 * @typedef {import("../geometry/similarity.js").Similarity} Similarity
 */

const NEIGHBOURS = 60;
const LOCAL_RANGE = 1.25;
const OUTLIER_SHARE = 0.25;
const TIE = 1 + 1e-6;

/**
 * The performer's neutral from about a second of frames (each 478 × 3), the oddest quarter of them left out; moments just as far from
 * the median as the last one kept are kept too.
 * @param {Float64Array[]} moments
 */
export function neutralPoints(moments) {
  const middle = moments[0].map((_, at) => median(moments.map((points) => points[at])));
  const distance = moments.map((points) => meanDistance(points, middle));
  const kept = Math.max(1, Math.ceil((1 - OUTLIER_SHARE) * moments.length));
  const farthest = TIE * distance.toSorted((a, b) => a - b)[kept - 1];
  const chosen = moments.filter((_, moment) => distance[moment] <= farthest);
  return middle.map((_, at) => chosen.reduce((sum, points) => sum + points[at], 0) / chosen.length);
}

/** One performer's neutral laid over one character's. */
export class Calibration {
  #neutral;
  #still;
  #toCharacter;
  #localScale;
  #points;

  /**
   * @param {Floats} performerNeutral
   * @param {Floats} characterNeutral
   * @param {Floats} still
   */
  constructor(performerNeutral, characterNeutral, still) {
    this.#neutral = performerNeutral;
    this.#still = still;
    this.#toCharacter = fitSimilarity(performerNeutral, characterNeutral, new Float64Array(still.length).fill(1));
    this.#localScale = localSizeRatio(performerNeutral, characterNeutral);
    this.#points = new Float64Array(performerNeutral.length);
  }

  /**
   * Writes the displacements on the character (478 × 3, metres) to `out`; returns T_camera_head (16, row by row).
   * @param {{points: Floats, poseFace: Floats}} face
   * @param {Floats} out
   */
  apply({ points, poseFace }, out) {
    const overNeutral = fitSimilarity(points, this.#neutral, this.#still);
    const laid = this.#points;
    applySimilarity(overNeutral, points, laid);
    const r = this.#toCharacter.rotation;
    for (let at = 0; at < laid.length; at += 3) {
      const x = laid[at] - this.#neutral[at];
      const y = laid[at + 1] - this.#neutral[at + 1];
      const z = laid[at + 2] - this.#neutral[at + 2];
      const scale = this.#localScale[at / 3];
      for (let i = 0; i < 3; i += 1) out[at + i] = scale * (r[3 * i] * x + r[3 * i + 1] * y + r[3 * i + 2] * z);
    }
    return this.#headPose(poseFace, overNeutral);
  }

  /** The last face's points laid over the performer's neutral (478 × 3, metres); the next face's take their place. */
  get points() {
    return this.#points;
  }

  /**
   * T_camera_face after the face-to-character similarity undone, without its scale.
   * @param {Floats} t
   * @param {Similarity} overNeutral
   */
  #headPose(t, overNeutral) {
    const character = this.#toCharacter;
    const originNeutral = rotateBack(character.rotation, character.translation).map((v) => -v / character.scale);
    const away = originNeutral.map((v, i) => v - overNeutral.translation[i]);
    const originFace = rotateBack(overNeutral.rotation, away).map((v) => v / overNeutral.scale);
    const rotationFace = Float64Array.of(t[0], t[1], t[2], t[4], t[5], t[6], t[8], t[9], t[10]);
    const r = product3(rotationFace, transpose3(product3(character.rotation, overNeutral.rotation)));
    const [x, y, z] = rotate(rotationFace, originFace);
    return Float64Array.of(
      r[0], r[1], r[2], x + t[3],
      r[3], r[4], r[5], y + t[7],
      r[6], r[7], r[8], z + t[11],
      0, 0, 0, 1,
    );
  }
}

/**
 * How much larger the character is than the performer around each landmark, seen from the front.
 * @param {Floats} performer
 * @param {Floats} character
 */
export function localSizeRatio(performer, character) {
  const count = character.length / 3;
  const nearest = Array.from({ length: count }, (_, point) => nearestTo(character, point));
  const spread = [character, performer].map((points) => nearest.map((near, point) => spreadAround(points, point, near)));
  const whole = Math.sqrt(sum(spread[0]) / sum(spread[1]));
  const ratio = spread[0].map((value, point) => Math.sqrt(value / spread[1][point]));
  return Float64Array.from(nearest, (near) => {
    const local = near.reduce((total, other) => total + ratio[other], 0) / near.length;
    return Math.min(Math.max(local, whole / LOCAL_RANGE), whole * LOCAL_RANGE);
  });
}

/**
 * The point itself and its 60 neighbours.
 * @param {Floats} points
 * @param {number} point
 */
function nearestTo(points, point) {
  const distance = Float64Array.from({ length: points.length / 3 }, (_, other) =>
    Math.hypot(...[0, 1, 2].map((axis) => points[3 * other + axis] - points[3 * point + axis])),
  );
  return [...distance.keys()].sort((a, b) => distance[a] - distance[b]).slice(0, NEIGHBOURS + 1);
}

/**
 * @param {Floats} points
 * @param {number} point
 * @param {number[]} near
 */
function spreadAround(points, point, near) {
  const squared = (/** @type {number} */ other, /** @type {number} */ axis) => (points[3 * other + axis] - points[3 * point + axis]) ** 2;
  return near.reduce((total, other) => total + squared(other, 0) + squared(other, 1), 0) / near.length;
}

/**
 * @param {ArrayLike<number>} points
 * @param {ArrayLike<number>} others
 */
function meanDistance(points, others) {
  let total = 0;
  for (let at = 0; at < points.length; at += 3) {
    total += Math.hypot(points[at] - others[at], points[at + 1] - others[at + 1], points[at + 2] - others[at + 2]);
  }
  return (3 * total) / points.length;
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);
