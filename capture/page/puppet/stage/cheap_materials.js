// Materials for renderers without a GPU: vertex colours, lit once a vertex (studio_light.js); pictures only for soft edges.

import { cards, eyes, skin, within } from "./studio_light.js";

const MAKERS = { eyes, mouth: within, sockets: within, tongue: within, gums: within };

/** The passes that draw a group of triangles. */
export function cheapMaterials({ name, alpha }, pictures) {
  if (alpha !== "opaque") return [cards(pictures.color_picture)];
  return [(MAKERS[name] ?? skin)()];
}
