// Skin for GPUs: light that enters it leaves it nearby, further the redder it is.

import * as THREE from "/three/three.module.js";

import { changed } from "./changed_shader.js";

const DIFFUSE = "reflectedLight.directDiffuse += irradiance * diffuseBRDF * ( 1.0 - F );";
// Wrapped diffuse light with its energy kept, (n·l + w) / (1 + w)², for each colour (Green 2004). What the key's shadow takes
// stays taken.
const SCATTERED = `
  vec3 reach = vec3(0.30, 0.15, 0.10);
  vec3 entering = max((dot(geometryNormal, directLight.direction) + reach) / ((1.0 + reach) * (1.0 + reach)), 0.0);
  reflectedLight.directDiffuse += directLight.color * entering * diffuseBRDF * ( 1.0 - F );
`;

export function skinMaterial(parameters) {
  const material = new THREE.MeshPhysicalMaterial({ ior: 1.4, clearcoat: 0.12, clearcoatRoughness: 0.38, ...parameters });
  return changed(material, "skin", {
    "#include <lights_physical_pars_fragment>": (text) => text.replace(DIFFUSE, SCATTERED),
  });
}
