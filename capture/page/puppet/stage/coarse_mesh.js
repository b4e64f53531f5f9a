// The driven vertices drawn as they are, then the pieces: a quarter of the triangles, for renderers without a GPU, whose time
// goes into these.

import { LinearRows } from "../geometry/linear_rows.js";
import { vertexNormals } from "../geometry/vertex_normals.js";

export class CoarseMesh {
  #rows;
  /** @type {[number, number]} The first of the pieces' rows, and the one after their last. */
  #pieces;

  /** `arrays`: the puppet's, of a character that is no scan. */
  constructor(arrays) {
    const neutral = arrays["decoder.neutral_vertices"];
    const vertices = neutral.length / 3;
    this.#rows = new LinearRows(arrays);
    this.#pieces = arrays["coarse.pieces"];
    const [first, end] = this.#pieces;
    const rows = end - first;
    this.faces = arrays["coarse.faces"];
    this.ends = arrays["coarse.ends"];
    this.positions = new Float32Array(3 * (vertices + rows));
    this.normals = new Float32Array(this.positions.length);
    this.colors = joined(arrays["shown.colors"], 3, vertices, first, rows);
    this.coordinates = joined(arrays["shown.coordinates"], 2, vertices, first, rows);
    this.follow(neutral);
  }

  /** Writes `positions` and `normals` for driven vertices. */
  follow(vertices) {
    this.positions.set(vertices);
    this.#rows.write(vertices, this.positions, ...this.#pieces, vertices.length);
    vertexNormals(this.positions, this.faces, this.normals);
  }
}

/** The values of the first `vertices` rows, then those of the `rows` ones from `first` on. */
function joined(values, width, vertices, first, rows) {
  const all = new values.constructor(width * (vertices + rows));
  all.set(values.subarray(0, width * vertices));
  all.set(values.subarray(width * first, width * (first + rows)), width * vertices);
  return all;
}
