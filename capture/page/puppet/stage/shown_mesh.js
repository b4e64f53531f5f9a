// What is drawn, from the vertices that are driven: the head's or scan's surface, the pieces that it wears, and after them
// the rows that stand once more where pictures have seams.

import { LinearRows } from "../geometry/linear_rows.js";
import { vertexNormals } from "../geometry/vertex_normals.js";

export class ShownMesh {
  #rows;
  #copies;

  /** `arrays`: the puppet's. */
  constructor(arrays) {
    this.#rows = new LinearRows(arrays);
    this.#copies = arrays["shown.copies"];
    this.faces = arrays["shown.faces"];
    this.ends = arrays["shown.ends"];
    this.coordinates = arrays["shown.coordinates"];
    this.colors = this.#withCopies(arrays["shown.colors"]);
    this.positions = this.#withCopies(arrays["shown.base"]);
    this.normals = new Float32Array(this.positions.length);
  }

  /** Writes `positions` and `normals` for driven vertices. */
  follow(vertices) {
    this.#rows.write(vertices, this.positions);
    this.#copy(this.positions);
    vertexNormals(this.positions, this.faces, this.normals);
    this.#joinNormals();
  }

  /** Both sides of a seam get the mean of their normals. */
  #joinNormals() {
    const normals = this.normals;
    const copied = 3 * this.#rows.count;
    this.#copies.forEach((row, k) => {
      for (let axis = 0; axis < 3; axis += 1) normals[3 * row + axis] += normals[copied + 3 * k + axis];
    });
    for (const row of this.#copies) {
      const share = 1 / Math.max(Math.hypot(normals[3 * row], normals[3 * row + 1], normals[3 * row + 2]), 1e-20);
      for (let axis = 0; axis < 3; axis += 1) normals[3 * row + axis] *= share;
    }
    this.#copy(normals);
  }

  #copy(values) {
    let to = 3 * this.#rows.count;
    for (const row of this.#copies) {
      for (let axis = 0; axis < 3; axis += 1) values[to + axis] = values[3 * row + axis];
      to += 3;
    }
  }

  #withCopies(values) {
    const all = new values.constructor(values.length + 3 * this.#copies.length);
    all.set(values);
    this.#copy(all);
    return all;
  }
}
