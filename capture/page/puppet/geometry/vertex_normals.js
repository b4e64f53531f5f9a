// Normals of a mesh whose vertices move, weighted by the area of the triangles around.

/**
 * Writes unit normals of `positions` (xyz after xyz) to `normals`.
 * @param {ArrayLike<number>} positions
 * @param {ArrayLike<number>} faces
 * @param {import("./matrix.js").Floats} normals
 */
export function vertexNormals(positions, faces, normals) {
  normals.fill(0);
  for (let f = 0; f < faces.length; f += 3) {
    const a = 3 * faces[f], b = 3 * faces[f + 1], c = 3 * faces[f + 2];
    const ux = positions[b] - positions[a], uy = positions[b + 1] - positions[a + 1], uz = positions[b + 2] - positions[a + 2];
    const vx = positions[c] - positions[a], vy = positions[c + 1] - positions[a + 1], vz = positions[c + 2] - positions[a + 2];
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    normals[a] += x; normals[a + 1] += y; normals[a + 2] += z;
    normals[b] += x; normals[b + 1] += y; normals[b + 2] += z;
    normals[c] += x; normals[c + 1] += y; normals[c + 2] += z;
  }
  for (let at = 0; at < normals.length; at += 3) {
    const x = normals[at], y = normals[at + 1], z = normals[at + 2];
    const share = 1 / Math.max(Math.sqrt(x * x + y * y + z * z), 1e-20);
    normals[at] = share * x;
    normals[at + 1] = share * y;
    normals[at + 2] = share * z;
  }
}
