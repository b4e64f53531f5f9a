// Tissue that gives way to an acceleration besides gravity: v ← v + a K (landmark_driver/network/vertex_stages.py).

export class Sway {
  name = "sway";
  #vertices;
  #compliance;

  constructor({ vertices, compliance }) {
    this.#vertices = vertices;
    this.#compliance = compliance;
  }

  apply({ sway, vertices }) {
    if (!sway) return;
    const [rows, ways] = [this.#vertices, this.#compliance];
    const each = 3 * rows.length;
    for (let k = 0, from = 0; k < rows.length; k += 1) {
      for (let i = 0; i < 3; i += 1, from += 1) {
        vertices[3 * rows[k] + i] += sway[0] * ways[from] + sway[1] * ways[each + from] + sway[2] * ways[2 * each + from];
      }
    }
  }
}
