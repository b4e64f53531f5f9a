// The rotation, scale and translation that best carry one set of points onto another (landmark_driver/geometry/similarity.py).

const SWEEPS = 30;

/** @typedef {import("./matrix.js").Floats} Floats */

/**
 * @typedef {object} Similarity
 * @property {Float64Array} rotation 9, row by row.
 * @property {number} scale
 * @property {Float64Array} translation 3.
 */

/**
 * {rotation (9, row by row), scale, translation (3)} of weighted least squares of similarity(source) - target, points as
 * xyz after xyz. The rotation is the quaternion with the largest eigenvalue of Horn's matrix (Horn 1987, section 4), which is
 * Umeyama's with det R = 1.
 * @param {ArrayLike<number>} source
 * @param {ArrayLike<number>} target
 * @param {Floats} weights
 * @returns {Similarity}
 */
export function fitSimilarity(source, target, weights) {
  const total = sumOf(weights);
  const [from, to] = [mean(source, weights, total), mean(target, weights, total)];
  const cross = new Float64Array(9); // Σ w target sourceᵀ
  let spread = 0;
  for (let p = 0; p < weights.length; p += 1) {
    const share = weights[p] / total;
    for (let j = 0; j < 3; j += 1) {
      const s = source[3 * p + j] - from[j];
      spread += share * s * s;
      for (let i = 0; i < 3; i += 1) cross[3 * i + j] += share * (target[3 * p + i] - to[i]) * s;
    }
  }
  const rotation = rotationOf(cross);
  const scale = rotation.reduce((sum, r, i) => sum + r * cross[i], 0) / spread;
  const turned = rotate(rotation, from);
  return { rotation, scale, translation: Float64Array.from(to, (t, i) => t - scale * turned[i]) };
}

/**
 * out = scale R points + translation
 * @param {Similarity} similarity
 * @param {ArrayLike<number>} points
 * @param {Floats} out
 */
export function applySimilarity({ rotation: r, scale, translation: t }, points, out) {
  for (let p = 0; p < points.length; p += 3) {
    const x = points[p], y = points[p + 1], z = points[p + 2];
    out[p] = scale * (r[0] * x + r[1] * y + r[2] * z) + t[0];
    out[p + 1] = scale * (r[3] * x + r[4] * y + r[5] * z) + t[1];
    out[p + 2] = scale * (r[6] * x + r[7] * y + r[8] * z) + t[2];
  }
}

/**
 * R v
 * @param {ArrayLike<number>} r
 * @param {ArrayLike<number> & Iterable<number>} v
 */
export function rotate(r, v) {
  const [x, y, z] = v;
  return [r[0] * x + r[1] * y + r[2] * z, r[3] * x + r[4] * y + r[5] * z, r[6] * x + r[7] * y + r[8] * z];
}

/**
 * Rᵀ v
 * @param {ArrayLike<number>} r
 * @param {ArrayLike<number> & Iterable<number>} v
 */
export function rotateBack(r, v) {
  const [x, y, z] = v;
  return [r[0] * x + r[3] * y + r[6] * z, r[1] * x + r[4] * y + r[7] * z, r[2] * x + r[5] * y + r[8] * z];
}

/**
 * A B, 3 × 3
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function product3(a, b) {
  return Float64Array.from({ length: 9 }, (_, at) => {
    const i = 3 * Math.floor(at / 3), j = at % 3;
    return a[i] * b[j] + a[i + 1] * b[3 + j] + a[i + 2] * b[6 + j];
  });
}

/**
 * Aᵀ, 3 × 3
 * @param {ArrayLike<number>} a
 */
export const transpose3 = (a) => Float64Array.of(a[0], a[3], a[6], a[1], a[4], a[7], a[2], a[5], a[8]);

/** @param {Floats} values */
function sumOf(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/**
 * @param {ArrayLike<number>} points
 * @param {ArrayLike<number>} weights
 * @param {number} total
 */
function mean(points, weights, total) {
  const sum = [0, 0, 0];
  for (let p = 0; p < weights.length; p += 1) {
    for (let i = 0; i < 3; i += 1) sum[i] += (weights[p] / total) * points[3 * p + i];
  }
  return sum;
}

/**
 * The rotation R with the largest Σ R_ij cross_ij.
 * @param {Float64Array} cross
 */
function rotationOf(cross) {
  const [xx, yx, zx, xy, yy, zy, xz, yz, zz] = cross; // named after source, then target
  const horn = Float64Array.of(
    xx + yy + zz, yz - zy, zx - xz, xy - yx,
    yz - zy, xx - yy - zz, xy + yx, zx + xz,
    zx - xz, xy + yx, yy - xx - zz, yz + zy,
    xy - yx, zx + xz, yz + zy, zz - xx - yy,
  );
  const [w, x, y, z] = largestEigenvector(horn);
  return Float64Array.of(
    w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z,
  );
}

/**
 * Of a symmetric 4 × 4 matrix, by Jacobi's rotations; of unit length.
 * @param {Float64Array} matrix
 */
function largestEigenvector(matrix) {
  const vectors = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let off = 0;
    for (let p = 0; p < 3; p += 1) {
      for (let q = p + 1; q < 4; q += 1) {
        off += Math.abs(matrix[4 * p + q]);
        if (matrix[4 * p + q] !== 0) jacobi(matrix, vectors, p, q);
      }
    }
    if (off === 0) break;
  }
  let best = 0;
  for (let i = 1; i < 4; i += 1) if (matrix[5 * i] > matrix[5 * best]) best = i;
  return [0, 1, 2, 3].map((i) => vectors[4 * i + best]);
}

/**
 * Turns coordinates p and q so that matrix_pq is zero.
 * @param {Float64Array} matrix
 * @param {Float64Array} vectors
 * @param {number} p
 * @param {number} q
 */
function jacobi(matrix, vectors, p, q) {
  const theta = (matrix[5 * q] - matrix[5 * p]) / (2 * matrix[4 * p + q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (/** @type {Float64Array} */ array, /** @type {number} */ first, /** @type {number} */ second) => {
    const a = array[first], b = array[second];
    array[first] = c * a - s * b;
    array[second] = s * a + c * b;
  };
  for (let i = 0; i < 4; i += 1) turn(matrix, 4 * i + p, 4 * i + q);
  for (let i = 0; i < 4; i += 1) turn(matrix, 4 * p + i, 4 * q + i);
  for (let i = 0; i < 4; i += 1) turn(vectors, 4 * i + p, 4 * i + q);
  matrix[4 * p + q] = matrix[4 * q + p] = 0;
}
