// The driven vertices drawn as they are: a quarter of the triangles, for renderers without a GPU, whose time goes into these.

export class CoarseMesh {
  /** `arrays`: the puppet's, of a character that is no scan. */
  constructor(arrays) {
    this.faces = arrays["coarse.faces"];
    this.dryFaces = arrays["coarse.dry_faces"][0];
    this.positions = arrays["decoder.neutral_vertices"].slice();
    this.colors = arrays["shown.colors"].subarray(0, this.positions.length);
  }

  /** Writes `positions` for driven vertices. */
  follow(vertices) {
    this.positions.set(vertices);
  }
}
