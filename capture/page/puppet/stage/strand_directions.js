// The direction of hairs at each vertex of their cards: how a point moves as the picture's second coordinate falls.

/**
 * Unit directions, metres over metres; zero for vertices that are in no triangle.
 * @param {ArrayLike<number>} positions
 * @param {ArrayLike<number>} coordinates
 * @param {ArrayLike<number>} faces
 */
export function strandDirections(positions, coordinates, faces) {
  const directions = new Float32Array(positions.length);
  const edge = (values, width, a, b, axis) => values[width * b + axis] - values[width * a + axis];
  for (let f = 0; f < faces.length; f += 3) {
    const [a, b, c] = [faces[f], faces[f + 1], faces[f + 2]];
    const [u1, v1] = [edge(coordinates, 2, a, b, 0), edge(coordinates, 2, a, b, 1)];
    const [u2, v2] = [edge(coordinates, 2, a, c, 0), edge(coordinates, 2, a, c, 1)];
    const turned = Math.sign(u1 * v2 - u2 * v1);
    for (let axis = 0; axis < 3; axis += 1) {
      const falling = turned * (u2 * edge(positions, 3, a, b, axis) - u1 * edge(positions, 3, a, c, axis));
      for (const corner of [a, b, c]) directions[3 * corner + axis] += falling;
    }
  }
  for (let at = 0; at < directions.length; at += 3) {
    const share = 1 / Math.max(Math.hypot(directions[at], directions[at + 1], directions[at + 2]), 1e-20);
    for (let axis = 0; axis < 3; axis += 1) directions[at + axis] *= share;
  }
  return directions;
}
