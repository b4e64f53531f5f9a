// Draws the head with three.js, looked at from the front.

import * as THREE from "/three/three.module.js";

import { hasRealGpu } from "../../browser/real_gpu.js";
import { cheapMaterials } from "./cheap_materials.js";
import { HeadTurn } from "./head_turn.js";
import { mouthOpening } from "./mouth_material.js";
import { MouthRim } from "./mouth_rim.js";
import { strandDirections } from "./strand_directions.js";
import { lightStudio } from "./studio.js";
import { studioMaterials } from "./studio_materials.js";

const FIELD_DEG = 30;
// A box that the head stays in while it turns, around the point that is looked at.
const LOOK_AT_M = [0, -0.028, 0];
const HALF_WIDTH_M = 0.108;
const HALF_HEIGHT_M = 0.155;
const MOST_PIXEL_RATIO = 2;
// Without a GPU fewer pixels make more frames a second (docs/phone_puppet.md).
const SOFTWARE_PIXEL_RATIO = 0.75;

// Soft edges throw no soft shadow.
const SHADOWLESS = new Set(["hair", "scalp", "brows", "lashes"]);

export class HeadView {
  #renderer;
  #scene = new THREE.Scene();
  #camera = new THREE.PerspectiveCamera(FIELD_DEG, 1, 0.05, 3);
  #head = new THREE.Group();
  #turn = new HeadTurn();
  /** @type {Record<string, THREE.BufferAttribute>} */
  #attributes = {};
  #mesh;
  #rim;
  #opening = mouthOpening();
  #size = [0, 0];
  #gpu = hasRealGpu();

  constructor(canvas) {
    // Smooth edges double the work of a renderer without a GPU.
    this.#renderer = new THREE.WebGLRenderer({ canvas, alpha: true, antialias: this.#gpu });
    this.#head.matrixAutoUpdate = false;
    this.#scene.add(this.#head);
    if (this.#gpu) lightStudio(this.#renderer, this.#scene);
  }

  /** Shows this mesh (shown_mesh.js) from now on, in a file's materials with their pictures (pictures.js). */
  showMesh(mesh, materials, pictures) {
    const groups = groupsOf(mesh);
    this.#mesh = mesh;
    const [skin, mouth] = ["skin", "mouth"].map((name) => groups[materials.findIndex((m) => m.name === name)] ?? []);
    this.#rim = new MouthRim(skin, mouth, mesh.positions);
    this.#attributes = attributes(mesh);
    this.#head.clear();
    materials.forEach((material, at) => {
      if (!groups[at].length) return;
      const shape = this.#shape(groups[at]);
      const passes = this.#gpu
        ? studioMaterials(material, pictures[at], { opening: this.#opening, positions: mesh.positions, faces: groups[at] })
        : cheapMaterials(material, pictures[at]);
      passes.forEach((pass, order) => this.#head.add(drawn(shape, pass, material.name, order)));
    });
  }

  /** Draws the mesh as it is now, turned as the face is. */
  draw(face) {
    if (!this.#mesh) return;
    this.#attributes.position.needsUpdate = this.#attributes.normal.needsUpdate = true;
    this.#head.matrix.set(...this.#turn.apply(face));
    this.#open();
    this.#fit();
    this.#renderer.render(this.#scene, this.#camera);
  }

  #open() {
    const opening = this.#rim.opening(this.#mesh.positions);
    if (!opening) return;
    this.#opening.mouthCentre.value.fromArray(opening.middle);
    this.#opening.mouthHalf.value.set(opening.halfWidth, opening.halfHeight);
  }

  #shape(faces) {
    const shape = new THREE.BufferGeometry();
    for (const [name, attribute] of Object.entries(this.#attributes)) shape.setAttribute(name, attribute);
    shape.setIndex(new THREE.BufferAttribute(faces, 1));
    return shape;
  }

  /** The canvas's size in the page, and a camera as far away as the head needs. */
  #fit() {
    const { clientWidth: width, clientHeight: height } = this.#renderer.domElement;
    if (!width || !height || (width === this.#size[0] && height === this.#size[1])) return;
    this.#size = [width, height];
    this.#renderer.setPixelRatio(this.#gpu ? Math.min(window.devicePixelRatio, MOST_PIXEL_RATIO) : SOFTWARE_PIXEL_RATIO);
    this.#renderer.setSize(width, height, false);
    const half = Math.max(HALF_HEIGHT_M, (HALF_WIDTH_M * height) / width);
    const [x, y, z] = LOOK_AT_M;
    this.#camera.aspect = width / height;
    this.#camera.position.set(x, y, z + half / Math.tan((FIELD_DEG / 2) * (Math.PI / 180)));
    this.#camera.updateProjectionMatrix();
  }
}

/** The triangles of each material. */
const groupsOf = ({ faces, ends }) => Array.from(ends, (end, at) => faces.subarray(at ? 3 * ends[at - 1] : 0, 3 * end));

function attributes(mesh) {
  const { positions, normals, colors, coordinates, faces } = mesh;
  const moving = (array) => new THREE.BufferAttribute(array, 3).setUsage(THREE.DynamicDrawUsage);
  return {
    position: moving(positions),
    normal: moving(normals),
    color: new THREE.BufferAttribute(linear(colors), 3),
    uv: new THREE.BufferAttribute(coordinates, 2, true),
    strand: new THREE.BufferAttribute(strandDirections(positions, coordinates, faces), 3),
  };
}

function drawn(shape, material, name, order) {
  const mesh = new THREE.Mesh(shape, material);
  mesh.frustumCulled = false;
  mesh.renderOrder = order;
  mesh.castShadow = order === 0 && !SHADOWLESS.has(name);
  mesh.receiveShadow = true;
  return mesh;
}

/** sRGB bytes as linear light. */
function linear(colors) {
  const table = Float32Array.from({ length: 256 }, (_, byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return Float32Array.from(colors, (byte) => table[byte]);
}
