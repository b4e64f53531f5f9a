// From a character's arrays to a mesh that follows driven vertices and a view that draws it.

import { hasRealGpu } from "../../browser/real_gpu.js";
import { CoarseMesh } from "./coarse_mesh.js";
import { HeadView } from "./head_view.js";
import { ShownMesh } from "./shown_mesh.js";

/** `arrays`: the puppet's. Renderers without a GPU get fewer triangles. */
export async function showHead(arrays, canvas) {
  const coarse = arrays["coarse.faces"] && !hasRealGpu();
  const mesh = coarse ? new CoarseMesh(arrays) : new ShownMesh(arrays);
  const view = new HeadView(canvas);
  view.showMesh(mesh);
  return { mesh, view };
}
