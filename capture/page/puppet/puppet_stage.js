// The puppet on this phone: frames in, a drawn head out. Joins the driver and the drawing.

import { hasRealGpu } from "../real_gpu.js";
import { CoarseMesh } from "./coarse_mesh.js";
import { FaceDriver } from "./face_driver.js";
import { loadPuppet } from "./puppet_store.js";
import { ShownMesh } from "./shown_mesh.js";

const SMOOTHING = 0.05;

export class PuppetStage {
  /** Of the last frame; null before the first. */
  face = null;
  /** Milliseconds a frame that the network alone takes, averaged over the last ones. */
  networkMs = 0;
  #canvas;
  #driver = null;
  #mesh;
  #view;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  get ready() {
    return this.#driver !== null;
  }

  /** Gets character and drawing; `session` is the pairing's key. Throws Problem. */
  async load(session) {
    const [puppet, { HeadView }] = await Promise.all([loadPuppet(session), import("./head_view.js")]);
    const coarse = puppet.arrays["coarse.faces"] && !hasRealGpu();
    this.#mesh = coarse ? new CoarseMesh(puppet.arrays) : new ShownMesh(puppet.arrays);
    this.#view ??= new HeadView(this.#canvas);
    this.#view.showMesh(this.#mesh);
    this.#driver = new FaceDriver(puppet);
  }

  /** Takes the next second of frames for the neutral. */
  calibrate() {
    this.#driver?.calibrate();
  }

  /** Drives and draws a frame; whoever listens to "puppetframe" on the document hears of both. */
  show(frame) {
    const face = this.#driver.drive(frame);
    const share = this.face ? SMOOTHING : 1;
    this.networkMs += share * (this.#driver.networkMs - this.networkMs);
    this.face = face;
    this.#mesh.follow(face.vertices);
    this.#view.draw(face);
    document.dispatchEvent(new CustomEvent("puppetframe", { detail: { frame, face, networkMs: this.#driver.networkMs } }));
  }
}
