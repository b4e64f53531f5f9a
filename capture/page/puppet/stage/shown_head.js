// From a character's file to a mesh that follows driven vertices and a view that draws it.

import { hasRealGpu } from "../../browser/real_gpu.js";
import { CoarseMesh } from "./coarse_mesh.js";
import { HeadView } from "./head_view.js";
import { loadPictures } from "./pictures.js";
import { ShownMesh } from "./shown_mesh.js";

/** `puppet`: what puppet_store.js reads. Renderers without a GPU get fewer triangles. */
export async function showHead({ arrays, metadata }, canvas) {
  const coarse = arrays["coarse.faces"] && !hasRealGpu();
  const mesh = coarse ? new CoarseMesh(arrays) : new ShownMesh(arrays);
  const materials = JSON.parse(metadata.materials);
  const view = new HeadView(canvas);
  view.showMesh(mesh, materials, await loadPictures(materials, arrays));
  return { mesh, view };
}
