// Whether WebGL is drawn by a GPU, or by a renderer that only pretends to be one.

const SOFTWARE_GPU = /swiftshader|llvmpipe|software|basic render/i;

export function hasRealGpu() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return false;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !SOFTWARE_GPU.test(renderer);
}
