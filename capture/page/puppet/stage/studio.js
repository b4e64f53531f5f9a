// The light of a photographer's studio, for GPUs: soft boxes around the head, and a key light whose shadows fall.
// Directions are the camera's, which never moves.

import * as THREE from "/three/three.module.js";

const SHADOW_PX = 1024;
const BLUR = 0.02;
/**
 * Place and size in metres, brightness and linear colour.
 * @type {{ place: Triple, size: [number, number], power: number, color: Triple }[]}
 * @typedef {[number, number, number]} Triple
 */
const BOXES = [
  { place: [-3.0, 2.4, 3.8], size: [2.4, 2.4], power: 7.0, color: [1.0, 0.93, 0.85] },
  { place: [4.2, 0.6, 2.8], size: [2.0, 3.2], power: 1.9, color: [0.86, 0.94, 1.0] },
  { place: [3.2, 2.2, -3.6], size: [1.4, 3.4], power: 6.5, color: [0.9, 0.96, 1.0] },
  { place: [-3.6, 1.8, -3.6], size: [1.2, 3.2], power: 4.0, color: [1.0, 0.96, 0.92] },
  { place: [0, 5, 0.6], size: [3.4, 3.4], power: 1.5, color: [1, 1, 1] },
  { place: [0, -3.4, 2.6], size: [4, 2], power: 0.45, color: [1.0, 0.84, 0.74] },
];
const WALLS = 0.155;

/** Lights a scene; its materials must be three.js's physical ones. */
export function lightStudio(renderer, scene) {
  renderer.toneMapping = THREE.ACESFilmicToneMapping;
  renderer.toneMappingExposure = 1.0;
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = THREE.PCFShadowMap;
  const baker = new THREE.PMREMGenerator(renderer);
  scene.environment = baker.fromScene(softBoxes(), BLUR).texture;
  scene.environmentIntensity = 0.5;
  baker.dispose();
  const key = light(scene, [1, 0.94, 0.86], 2.1, [-0.42, 0.42, 0.62]);
  light(scene, [0.88, 0.95, 1], 0.7, [0.5, 0.3, -0.5]);
  light(scene, [1, 0.95, 0.9], 0.4, [-0.6, 0.2, -0.5]);
  shadowed(key);
}

function softBoxes() {
  const room = new THREE.Scene();
  room.background = new THREE.Color().setScalar(WALLS);
  for (const { place, size, power, color } of BOXES) {
    const shade = new THREE.MeshBasicMaterial({ side: THREE.DoubleSide });
    shade.color.setRGB(...color).multiplyScalar(power);
    const box = new THREE.Mesh(new THREE.PlaneGeometry(...size), shade);
    box.position.set(...place);
    box.lookAt(0, 0, 0);
    room.add(box);
  }
  return room;
}

/**
 * @param {Triple} color
 * @param {number} power
 * @param {Triple} place
 */
function light(scene, color, power, place) {
  const made = new THREE.DirectionalLight(new THREE.Color(...color), power);
  made.position.set(...place);
  made.target.position.set(0, -0.03, -0.05);
  scene.add(made, made.target);
  return made;
}

function shadowed(key) {
  key.castShadow = true;
  const { shadow } = key;
  shadow.mapSize.set(SHADOW_PX, SHADOW_PX);
  Object.assign(shadow.camera, { left: -0.19, right: 0.19, top: 0.19, bottom: -0.24, near: 0.2, far: 1.6 });
  shadow.radius = 4;
  shadow.bias = -0.0008;
  shadow.normalBias = 0.0015;
}
