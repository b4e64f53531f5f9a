// Products of matrices and vectors on typed arrays, matrices row by row. Nothing is allocated.

/** @typedef {Float32Array | Float64Array} Floats Numbers that are written. */

/**
 * out_i = Σ_j matrix_ij x_j
 * @param {ArrayLike<number>} matrix
 * @param {ArrayLike<number>} x
 * @param {Floats} out
 */
export function times(matrix, x, out) {
  const columns = x.length;
  const even = columns - (columns % 4);
  for (let i = 0, at = 0; i < out.length; i += 1) {
    let a = 0, b = 0, c = 0, d = 0;
    for (let j = 0; j < even; j += 4) {
      a += matrix[at + j] * x[j];
      b += matrix[at + j + 1] * x[j + 1];
      c += matrix[at + j + 2] * x[j + 2];
      d += matrix[at + j + 3] * x[j + 3];
    }
    for (let j = even; j < columns; j += 1) a += matrix[at + j] * x[j];
    out[i] = a + b + c + d;
    at += columns;
  }
}

/**
 * out_j = Σ_i x_i matrix_ij; eight rows at a time, so that `out` is written seldom.
 * @param {ArrayLike<number>} matrix
 * @param {ArrayLike<number>} x
 * @param {Floats} out
 */
export function timesTransposed(matrix, x, out) {
  const columns = out.length;
  const whole = x.length - (x.length % 8);
  out.fill(0);
  for (let i = 0; i < whole; i += 8) addEightRows(matrix, i * columns, x, i, out);
  for (let i = whole; i < x.length; i += 1) {
    const factor = x[i];
    for (let j = 0, at = i * columns; j < columns; j += 1, at += 1) out[j] += factor * matrix[at];
  }
}

/**
 * to += array
 * @param {Floats} to
 * @param {ArrayLike<number>} array
 */
export function add(to, array) {
  for (let i = 0; i < to.length; i += 1) to[i] += array[i];
}

/**
 * @param {ArrayLike<number>} matrix
 * @param {number} start
 * @param {ArrayLike<number>} x
 * @param {number} i
 * @param {Floats} out
 */
function addEightRows(matrix, start, x, i, out) {
  const columns = out.length;
  const a = x[i], b = x[i + 1], c = x[i + 2], d = x[i + 3], e = x[i + 4], f = x[i + 5], g = x[i + 6], h = x[i + 7];
  const b0 = start + columns, c0 = b0 + columns, d0 = c0 + columns, e0 = d0 + columns, f0 = e0 + columns, g0 = f0 + columns;
  const h0 = g0 + columns;
  for (let j = 0; j < columns; j += 1) {
    out[j] +=
      a * matrix[start + j] + b * matrix[b0 + j] + (c * matrix[c0 + j] + d * matrix[d0 + j]) +
      (e * matrix[e0 + j] + f * matrix[f0 + j] + (g * matrix[g0 + j] + h * matrix[h0 + j]));
  }
}
