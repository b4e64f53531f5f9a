// The pictures of a character's materials, decoded from the bytes that came with it: nothing is loaded.

import * as THREE from "/three/three.module.js";

const COLOR = "color_picture";
const KINDS = [COLOR, "normal_picture", "roughness_picture"];

/**
 * Textures by the materials' own keys, in the materials' order.
 * @returns {Promise<Record<string, THREE.Texture>[]>}
 */
export async function loadPictures(materials, arrays) {
  const made = new Map();
  const texture = (number, colored) => {
    const key = `${number} ${colored}`;
    if (!made.has(key)) made.set(key, decoded(arrays[`picture.${number}`], colored));
    return made.get(key);
  };
  const named = async (material) => {
    const kinds = KINDS.filter((kind) => kind in material);
    const textures = await Promise.all(kinds.map((kind) => texture(material[kind], kind === COLOR)));
    return Object.fromEntries(kinds.map((kind, at) => [kind, textures[at]]));
  };
  return Promise.all(materials.map(named));
}

async function decoded(bytes, colored) {
  // Coordinates have v upwards.
  const bitmap = await createImageBitmap(new Blob([bytes]), {
    imageOrientation: "flipY",
    premultiplyAlpha: "none",
    colorSpaceConversion: "none",
  });
  const texture = new THREE.Texture(bitmap);
  texture.flipY = false;
  texture.colorSpace = colored ? THREE.SRGBColorSpace : THREE.NoColorSpace;
  texture.anisotropy = 8;
  texture.needsUpdate = true;
  return texture;
}
