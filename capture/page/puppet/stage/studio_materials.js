// Materials for GPUs, lit for every pixel (studio.js), from what a character's file says of them.

import * as THREE from "/three/three.module.js";

import { eyeMaterial } from "./eye_material.js";
import { hairMaterial } from "./hair_material.js";
import { mouthMaterial } from "./mouth_material.js";
import { skinMaterial } from "./skin_material.js";

const OPAQUE_HAIR = 0.55;
// Of materials that the file's numbers do not describe: the head's own surfaces, in vertex colours.
const ROUGHNESS = { skin: 0.5, mouth: 0.4, sockets: 0.4, tongue: 0.45, teeth: 0.25, eyes: 0.1 };

const within = (parameters, { opening }) => mouthMaterial(parameters, opening);
const MAKERS = {
  skin: skinMaterial,
  mouth: within,
  sockets: within,
  tongue: within,
  teeth: within,
  crowns: within,
  gums: within,
  eyes: eyeMaterial,
};
const STRANDS = { hair: 1, scalp: 0.25 };

/**
 * The passes that draw a group of triangles: one material, or two where soft edges follow the opaque middle.
 * `surroundings`: the mouth's opening, and the group's faces in positions.
 */
export function studioMaterials(description, pictures, surroundings) {
  const { name, alpha } = description;
  const color = new THREE.Color(...description.color);
  if (name in STRANDS) {
    const strands = { map: pictures.color_picture, color, gloss: STRANDS[name] };
    const cuts = alpha === "mask" ? [OPAQUE_HAIR, 0] : [0];
    return cuts.map((cut) => hairMaterial({ ...strands, cut }));
  }
  const make = MAKERS[name] ?? ((parameters) => new THREE.MeshStandardMaterial(parameters));
  return [make(parametersOf(description, pictures, color), surroundings)];
}

function parametersOf({ name, alpha, roughness, double_sided: doubleSided }, pictures, color) {
  const { color_picture: map = null, normal_picture: normalMap = null, roughness_picture: roughnessMap = null } = pictures;
  const bare = !map && name in ROUGHNESS;
  return {
    color: bare ? new THREE.Color(1, 1, 1) : color,
    vertexColors: bare,
    map,
    normalMap,
    roughnessMap,
    roughness: bare ? ROUGHNESS[name] : roughness,
    side: doubleSided ? THREE.DoubleSide : THREE.FrontSide,
    transparent: alpha === "blend",
    depthWrite: alpha !== "blend",
    alphaTest: alpha === "mask" ? 0.5 : 0,
  };
}
