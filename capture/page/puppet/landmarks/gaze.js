// Where the eyes look: angles of the eyeballs from the iris landmarks (landmark_driver/landmarks/gaze.py). They are (left, right) ×
// (yaw, pitch) in radians; left is the subject's.

const SIDES = [
  { iris: 473, lids: [386, 374], corners: [263, 362] },
  { iris: 468, lids: [159, 145], corners: [33, 133] },
];
const EYEBALL_RADIUS_M = 0.012;
const LARGEST_SINE = 0.7;
const CLOSED = 0.1;
const OPEN = 0.2;

/**
 * Changes `angles` to where the irises point; behind closed lids they stay. `points` are the performer's.
 * @param {ArrayLike<number>} points
 * @param {ArrayLike<number>} displacements
 * @param {import("../geometry/matrix.js").Floats} angles
 */
export function followGaze(points, displacements, angles) {
  SIDES.forEach(({ iris, lids, corners }, eye) => {
    const shift = [0, 1].map(
      (axis) => displacements[3 * iris + axis] - (displacements[3 * corners[0] + axis] + displacements[3 * corners[1] + axis]) / 2,
    );
    const opening = distance(points, lids[0], lids[1]) / distance(points, corners[0], corners[1]);
    const trust = clamp((opening - CLOSED) / (OPEN - CLOSED), 0, 1);
    [shift[0], -shift[1]].forEach((way, axis) => {
      const angle = Math.asin(clamp(way / EYEBALL_RADIUS_M, -LARGEST_SINE, LARGEST_SINE));
      angles[2 * eye + axis] += trust * (angle - angles[2 * eye + axis]);
    });
  });
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * @param {ArrayLike<number>} points
 * @param {number} a
 * @param {number} b
 */
const distance = (points, a, b) =>
  Math.hypot(points[3 * a] - points[3 * b], points[3 * a + 1] - points[3 * b + 1], points[3 * a + 2] - points[3 * b + 2]);
