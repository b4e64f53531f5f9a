// The mesh that is drawn, from the vertices that are driven: shown = base + A (v - reference), A by rows.

export class ShownMesh {
  #arrays;
  #away;

  /** `arrays`: the puppet's. */
  constructor(arrays) {
    this.#arrays = arrays;
    this.#away = new Float32Array(arrays["shown.reference"].length);
    this.faces = arrays["shown.faces"];
    this.dryFaces = arrays["shown.dry_faces"][0];
    this.colors = arrays["shown.colors"];
    this.positions = arrays["shown.base"].slice();
  }

  /** Writes `positions` for driven vertices. */
  follow(vertices) {
    const { "shown.base": base, "shown.reference": reference, "shown.starts": starts } = this.#arrays;
    const { "shown.columns": columns, "shown.values": values } = this.#arrays;
    const [away, positions] = [this.#away, this.positions];
    for (let at = 0; at < away.length; at += 1) away[at] = vertices[at] - reference[at];
    for (let row = 0, at = 0; at < positions.length; row += 1, at += 3) {
      let x = base[at], y = base[at + 1], z = base[at + 2];
      for (let k = starts[row]; k < starts[row + 1]; k += 1) {
        const from = 3 * columns[k];
        const share = values[k];
        x += share * away[from];
        y += share * away[from + 1];
        z += share * away[from + 2];
      }
      positions[at] = x;
      positions[at + 1] = y;
      positions[at + 2] = z;
    }
  }
}
