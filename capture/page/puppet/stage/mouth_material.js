// What lies in the mouth, for GPUs: lit through the opening between the lips only.

import * as THREE from "/three/three.module.js";

import { changed } from "./changed_shader.js";

/** The opening, shared by all materials of a mouth: its middle (metres, head frame), and half its width and height. */
export const mouthOpening = () => ({ mouthCentre: { value: new THREE.Vector3() }, mouthHalf: { value: new THREE.Vector2() } });

// The fraction of light that a small surface within gets through an opening of area A at distance d: A cos / (π d² + A).
const DECLARED = `
  uniform vec3 mouthCentre;
  uniform vec2 mouthHalf;
  float lightWithin() {
    vec3 way = mouthCentre - headPlace;
    float area = 3.1416 * mouthHalf.x * mouthHalf.y;
    float square = dot(way, way);
    float facing = clamp(way.z * inversesqrt(square + 1e-9), 0.0, 1.0);
    float fraction = area * facing / (3.1416 * square + area);
    return mix(clamp(2.6 * fraction, 0.03, 1.0), 1.0, smoothstep(0.003, -0.002, way.z));
  }
`;
const SHADED = `
  vec3 within = pow(vec3(lightWithin()), vec3(0.6, 0.8, 0.85));
  reflectedLight.directDiffuse *= within;
  reflectedLight.indirectDiffuse *= within;
  reflectedLight.directSpecular *= within;
  reflectedLight.indirectSpecular *= within;
  #ifdef USE_CLEARCOAT
    clearcoatSpecularDirect *= within;
    clearcoatSpecularIndirect *= within;
  #endif
`;

export function mouthMaterial(parameters, opening) {
  const material = new THREE.MeshPhysicalMaterial({ clearcoat: 0.35, clearcoatRoughness: 0.25, ...parameters });
  const options = { declared: DECLARED, uniforms: opening, placed: true };
  return changed(material, "mouth", { "#include <aomap_fragment>": () => SHADED }, options);
}
