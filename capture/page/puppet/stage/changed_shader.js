// three.js's own materials with some of their chunks changed.

import * as THREE from "/three/three.module.js";

const chunk = (include) => THREE.ShaderChunk[include.slice("#include <".length, -1)];

/**
 * The material with its fragment's chunks changed: `fragment` has a function of a chunk's text for each include.
 * `declared` goes before everything, `uniforms` are joined, and `placed` gives fragments `headPlace`, metres in the head frame.
 */
export function changed(material, name, fragment, { declared = "", uniforms = {}, placed = false } = {}) {
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms);
    for (const [include, change] of Object.entries(fragment)) {
      shader.fragmentShader = shader.fragmentShader.replace(include, () => change(chunk(include)));
    }
    if (placed) {
      shader.vertexShader = `varying vec3 headPlace;\n${shader.vertexShader}`.replace(
        "#include <begin_vertex>",
        (text) => `${text}\nheadPlace = position;`,
      );
    }
    shader.fragmentShader = `${placed ? "varying vec3 headPlace;\n" : ""}${declared}${shader.fragmentShader}`;
  };
  material.customProgramCacheKey = () => name;
  return material;
}
