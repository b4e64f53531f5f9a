// Draws the head with three.js, looked at from the front.

import * as THREE from "/three/three.module.js";

import { hasRealGpu } from "../../browser/real_gpu.js";
import { vertexNormals } from "../geometry/vertex_normals.js";
import { HeadTurn } from "./head_turn.js";
import { eyes, skin } from "./studio_light.js";

const FIELD_DEG = 30;
// A box that the head stays in while it turns, around the point that is looked at.
const LOOK_AT_M = [0, -0.028, 0];
const HALF_WIDTH_M = 0.108;
const HALF_HEIGHT_M = 0.155;
const MOST_PIXEL_RATIO = 2;
// Without a GPU fewer pixels make more frames a second (docs/phone_puppet.md).
const SOFTWARE_PIXEL_RATIO = 0.75;

export class HeadView {
  #renderer;
  #scene = new THREE.Scene();
  #camera = new THREE.PerspectiveCamera(FIELD_DEG, 1, 0.05, 3);
  #head = new THREE.Group();
  #turn = new HeadTurn();
  /** @type {ReturnType<typeof geometry> | null} */
  #shape = null;
  #mesh;
  #size = [0, 0];
  #gpu = hasRealGpu();

  constructor(canvas) {
    // Smooth edges double the work of a renderer without a GPU.
    this.#renderer = new THREE.WebGLRenderer({ canvas, alpha: true, antialias: this.#gpu });
    this.#head.matrixAutoUpdate = false;
    this.#scene.add(this.#head);
  }

  /** Shows this mesh (shown_mesh.js) from now on. */
  showMesh(mesh) {
    this.#mesh = mesh;
    this.#shape?.dispose();
    this.#shape = geometry(mesh);
    const drawn = new THREE.Mesh(this.#shape, [skin(), eyes()]);
    drawn.frustumCulled = false;
    this.#head.clear();
    this.#head.add(drawn);
  }

  /** Draws the mesh as it is now, turned as the face is. */
  draw(face) {
    if (!this.#shape) return;
    const { position, normal } = this.#shape.attributes;
    vertexNormals(this.#mesh.positions, this.#mesh.faces, /** @type {Float32Array} */ (normal.array));
    position.needsUpdate = normal.needsUpdate = true;
    this.#head.matrix.set(...this.#turn.apply(face));
    this.#fit();
    this.#renderer.render(this.#scene, this.#camera);
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

function geometry({ positions, faces, dryFaces, colors }) {
  const shape = new THREE.BufferGeometry();
  const moving = (array) => new THREE.BufferAttribute(array, 3).setUsage(THREE.DynamicDrawUsage);
  shape.setAttribute("position", moving(positions));
  shape.setAttribute("normal", moving(new Float32Array(positions.length)));
  shape.setAttribute("color", new THREE.BufferAttribute(linear(colors), 3));
  shape.setIndex(new THREE.BufferAttribute(faces, 1));
  shape.addGroup(0, 3 * dryFaces, 0);
  shape.addGroup(3 * dryFaces, Infinity, 1);
  return shape;
}

/** sRGB bytes as linear light. */
function linear(colors) {
  const table = Float32Array.from({ length: 256 }, (_, byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return Float32Array.from(colors, (byte) => table[byte]);
}
