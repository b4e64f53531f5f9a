// Eyeballs for GPUs: a wet coat over iris and sclera, and the shade of lids and lashes on them.

import * as THREE from "/three/three.module.js";

import { changed } from "./changed_shader.js";

// How open the place is, by its direction from the eyeball's middle: the upper lid shades most, corners some.
const DECLARED = `
  uniform vec3 eyeCentre;
  float openness() {
    vec3 way = normalize(headPlace - eyeCentre);
    float below = mix(1.0, 0.30, smoothstep(-0.02, 0.24, way.y));
    float above = mix(0.65, 1.0, smoothstep(-0.45, -0.16, way.y));
    float corners = mix(1.0, 0.55, smoothstep(0.30, 0.75, abs(way.x)));
    return below * above * corners;
  }
`;
const SHADED = `
  vec3 open = pow(vec3(openness()), vec3(0.9, 1.05, 1.1));
  reflectedLight.directDiffuse *= open;
  reflectedLight.indirectDiffuse *= open;
  reflectedLight.indirectSpecular *= open;
  clearcoatSpecularIndirect *= smoothstep(0.2, 0.75, open.g);
`;

/** `faces`: the eyeball's corners in `positions` (metres, head frame), which it stays around. */
export function eyeMaterial(parameters, { positions, faces }) {
  const material = new THREE.MeshPhysicalMaterial({
    ...parameters,
    roughness: 0.45,
    clearcoat: 1,
    clearcoatRoughness: 0.04,
    ior: 1.376,
  });
  const options = { declared: DECLARED, uniforms: { eyeCentre: { value: middle(positions, faces) } }, placed: true };
  return changed(material, "eyes", { "#include <aomap_fragment>": () => SHADED }, options);
}

function middle(positions, faces) {
  const box = new THREE.Box3();
  for (const row of faces) box.expandByPoint(new THREE.Vector3().fromArray(positions, 3 * row));
  return box.getCenter(new THREE.Vector3());
}
