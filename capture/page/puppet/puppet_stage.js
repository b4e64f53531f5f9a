// The puppet on this phone: frames in, a drawn head out. Joins the driver and the drawing.

import { loadModel } from "./files/model_store.js";
import { loadPuppet } from "./files/puppet_store.js";
import { loadLiteRtNetwork } from "./network/litert_network.js";
import { FaceDriver } from "./face_driver.js";

const SMOOTHING = 0.05;
// The exported model is tried on the neutral face made higher by this share.
const STRETCH = 0.03;

export class PuppetStage {
  /** @type {Awaited<ReturnType<FaceDriver["drive"]>> | null} Of the last frame; null before the first. */
  face = null;
  /** Milliseconds a frame that the network alone takes, averaged over the last ones. */
  networkMs = 0;
  #canvas;
  /** @type {FaceDriver | null} */
  #driver = null;
  #busy = false;
  /** @type {Awaited<ReturnType<typeof import("./stage/shown_head.js").showHead>> | null} */
  #shown = null;

  constructor(canvas) {
    this.#canvas = canvas;
  }

  get ready() {
    return this.#driver !== null;
  }

  /** What computes the network. */
  get runtime() {
    return this.#driver?.runtime ?? "";
  }

  /** Gets character and drawing; `session` is the pairing's key. Throws Problem. */
  async load(session) {
    const [puppet, { showHead }] = await Promise.all([loadPuppet(session), import("./stage/shown_head.js")]);
    this.#shown = await showHead(puppet, this.#canvas);
    const driver = new FaceDriver(puppet);
    this.#driver = driver;
    this.#hasten(session, puppet, driver);
  }

  /** Takes the next second of frames for the neutral. */
  calibrate() {
    this.#driver?.calibrate();
  }

  /** Drives and draws a frame; both are in the "puppetframe" event of the document. One that comes too early is left out. */
  async show(frame) {
    const driver = this.#driver;
    if (this.#busy || !driver) return;
    this.#busy = true;
    try {
      this.#draw(frame, await driver.drive(frame), driver);
    } finally {
      this.#busy = false;
    }
  }

  #draw(frame, face, { networkMs, runtime }) {
    const share = this.face ? SMOOTHING : 1;
    this.networkMs += share * (networkMs - this.networkMs);
    this.face = face;
    this.#shown?.mesh.follow(face.vertices);
    this.#shown?.view.draw(face);
    document.dispatchEvent(new CustomEvent("puppetframe", { detail: { frame, face, networkMs, runtime } }));
  }

  /** Lets LiteRT.js compute as soon as the exported model is here; until then, and without it, plain JavaScript does. */
  async #hasten(session, puppet, driver) {
    try {
      const face = stretched(puppet.arrays["calibration.neutral_landmarks"]);
      const network = await loadLiteRtNetwork(await loadModel(session), puppet, driver.plain, face);
      driver.use(network, tell);
    } catch (error) {
      tell(error);
    }
  }
}

/** Displacements (metres) of a higher face. */
const stretched = (neutral) => Float32Array.from(neutral, (place, at) => (at % 3 === 1 ? STRETCH * place : 0));

/** Says why plain JavaScript computes; the "puppetfallback" event of the document carries it too. */
function tell(error) {
  const reason = `${error.message} The head goes on in plain JavaScript.`;
  console.info(reason);
  document.dispatchEvent(new CustomEvent("puppetfallback", { detail: { name: error.name, reason } }));
}
