// Two triangles (three [x, y, z] each): whether they cut through each other, and how far past each other they are along y
// (landmark_driver/head/lip_separation.py).

const NEXT = [1, 2, 0];

/** @typedef {ArrayLike<number>} Point x, y, z. */
/** @typedef {Point[]} Triangle Three corners. */

/**
 * Whether an edge of one triangle passes through the other.
 * @param {Triangle} first
 * @param {Triangle} second
 */
export function crosses(first, second) {
  if (!reachAcross(first, second) || !reachAcross(second, first)) return false;
  return pierces(first, second) || pierces(second, first);
}

/**
 * How far the upper of two triangles must rise to be nowhere below the other (metres, at least 0).
 * @param {Triangle} above
 * @param {Triangle} below
 */
export function verticalOverlap(above, below) {
  let least = 0;
  for (const point of above) least = Math.min(least, heightOver(below, point));
  for (const point of below) least = Math.min(least, -heightOver(above, point));
  for (let i = 0; i < 3; i += 1) {
    for (let j = 0; j < 3; j += 1) {
      least = Math.min(least, edgeHeight(above[i], above[NEXT[i]], below[j], below[NEXT[j]]));
    }
  }
  return -least;
}

/**
 * Height of a point over a triangle's plane; 0 where it is not above or below the triangle.
 * @param {Triangle} triangle
 * @param {Point} p
 */
function heightOver([a, b, c], p) {
  const whole = turn(a, b, c);
  const shares = [turn(p, b, c) / whole, turn(a, p, c) / whole, turn(a, b, p) / whole];
  const height = p[1] - (shares[0] * a[1] + shares[1] * b[1] + shares[2] * c[1]);
  return shares[0] >= 0 && shares[1] >= 0 && shares[2] >= 0 && Number.isFinite(height) ? height : 0;
}

/**
 * Height of the edge p over the edge q where they cross, seen from above; 0 where they do not.
 * @param {Point} p
 * @param {Point} pEnd
 * @param {Point} q
 * @param {Point} qEnd
 */
function edgeHeight(p, pEnd, q, qEnd) {
  const rx = pEnd[0] - p[0], rz = pEnd[2] - p[2], sx = qEnd[0] - q[0], sz = qEnd[2] - q[2];
  const across = rx * sz - rz * sx;
  const ax = q[0] - p[0], az = q[2] - p[2];
  const t = (ax * sz - az * sx) / across;
  const u = (ax * rz - az * rx) / across;
  if (!(t >= 0 && t <= 1 && u >= 0 && u <= 1)) return 0;
  return p[1] + t * (pEnd[1] - p[1]) - q[1] - u * (qEnd[1] - q[1]);
}

/**
 * Twice the signed area, seen from above.
 * @param {Point} a
 * @param {Point} b
 * @param {Point} c
 */
function turn(a, b, c) {
  return (b[0] - a[0]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[0] - a[0]);
}

/**
 * Whether the corners are on both sides of the triangle's plane.
 * @param {Triangle} corners
 * @param {Triangle} triangle
 */
function reachAcross(corners, [o, p, q]) {
  const x = p[0] - o[0], y = p[1] - o[1], z = p[2] - o[2], u = q[0] - o[0], v = q[1] - o[1], w = q[2] - o[2];
  const nx = y * w - z * v, ny = z * u - x * w, nz = x * v - y * u;
  let positive = 0;
  for (const c of corners) if ((c[0] - o[0]) * nx + (c[1] - o[1]) * ny + (c[2] - o[2]) * nz > 0) positive += 1;
  return positive > 0 && positive < 3;
}

/**
 * Whether an edge of `edgesOf` passes through the triangle.
 * @param {Triangle} edgesOf
 * @param {Triangle} triangle
 */
function pierces(edgesOf, [a, b, c]) {
  for (let i = 0; i < 3; i += 1) {
    const start = edgesOf[i];
    const end = edgesOf[NEXT[i]];
    if (volume(start, a, b, c) > 0 === volume(end, a, b, c) > 0) continue;
    const side = volume(start, end, a, b) > 0;
    if (side === volume(start, end, b, c) > 0 && side === volume(start, end, c, a) > 0) return true;
  }
  return false;
}

/**
 * Six times the signed volume of a tetrahedron.
 * @param {Point} a
 * @param {Point} b
 * @param {Point} c
 * @param {Point} d
 */
function volume(a, b, c, d) {
  const ux = b[0] - a[0], uy = b[1] - a[1], uz = b[2] - a[2];
  const vx = c[0] - a[0], vy = c[1] - a[1], vz = c[2] - a[2];
  const wx = d[0] - a[0], wy = d[1] - a[1], wz = d[2] - a[2];
  return ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx);
}
