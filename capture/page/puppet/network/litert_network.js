// The exported network in LiteRT.js, on the processor: it takes the place of the program's stages up to the residual, faster.

import { oneAtATime } from "../../browser/wasm_turn.js";
import { ModelError } from "../files/model_error.js";
import { restingFrame } from "./frame_program.js";
import { EYE_LOOKS, SHAPES, WEIGHT_UNIT } from "./latent.js";

const CORE = "/litert/core.js";
const WASM = "/litert/wasm/litert_wasm_compat_internal.js";
const AGREEMENT_MM = 0.01;
// The gaze of the faces that the model is tried on, radians.
const LOOK = 0.2;

export class LiteRtNetwork {
  runtime = "LiteRT.js";
  #model;
  #Tensor;
  #looks;
  #tissue;
  #rest;

  /** `model`: compiled; `looks`: the program's stage; `arrays`: the file's. */
  constructor(model, Tensor, looks, arrays) {
    this.#model = model;
    this.#Tensor = Tensor;
    this.#looks = looks;
    this.#tissue = new Tensor(...tissueState(arrays));
    this.#rest = arrays["decoder.rest_latent"];
  }

  /** Does with a frame (frame_program.js) what the stages up to the residual do; of its latent, only the shapes' part is set. */
  async run(frame) {
    this.#looks.apply(frame);
    const { displacements, latent, lookLatents, vertices } = frame;
    const inputs = {
      displacements_m: new this.#Tensor(displacements.slice(), [displacements.length / 3, 3]),
      look_weights: new this.#Tensor(lookLatents.map((look) => WEIGHT_UNIT * look), [EYE_LOOKS.length]),
      tissue_state: this.#tissue,
    };
    try {
      const outputs = await this.#model.run("run", inputs);
      vertices.set(outputs.vertices_m.toTypedArray());
      outputs.weights.toTypedArray().forEach((weight, k) => {
        latent[k] = this.#rest[k] + weight / WEIGHT_UNIT;
      });
      for (const tensor of Object.values(outputs)) tensor.delete();
    } finally {
      inputs.displacements_m.delete();
      inputs.look_weights.delete();
    }
  }
}

/**
 * The network of a model's bytes. `file` is the compiled frame, `plain` its program up to the residual, `face`
 * displacements to try the model on. Throws ModelError unless it does here what `plain` does, within `agreementMm`.
 */
export async function loadLiteRtNetwork(bytes, file, plain, face, agreementMm = AGREEMENT_MM) {
  let network;
  let awayMm;
  try {
    network = await compiled(bytes, file, plain);
    awayMm = await largestDifferenceMm(network, plain, file, face);
  } catch (error) {
    throw new ModelError(`Expected a model that LiteRT.js runs, got one that it does not (${error?.message ?? error}).`);
  }
  if (awayMm <= agreementMm) return network;
  throw new ModelError(`Expected this head's model, within ${agreementMm} mm, got one that is ${awayMm.toPrecision(2)} mm away.`);
}

/** @type {Promise<unknown> | null} */
let runtime = null;

async function compiled(bytes, { arrays }, plain) {
  const { loadLiteRt, loadAndCompile, Tensor } = await import(CORE);
  runtime ??= oneAtATime(() => loadLiteRt(WASM));
  await runtime;
  const model = await loadAndCompile(new Uint8Array(bytes), { accelerator: "wasm" });
  return new LiteRtNetwork(model, Tensor, plain.stage("looks"), arrays);
}

/** Over the neutral and over a face that looks to either side. */
async function largestDifferenceMm(network, plain, file, face) {
  const [ours, theirs] = [restingFrame(file), restingFrame(file)];
  let largest = 0;
  for (const [displacements, look] of [[new Float32Array(face.length), 0], [face, LOOK], [face, -LOOK]]) {
    for (const frame of [ours, theirs]) {
      frame.displacements.set(displacements);
      frame.gaze.fill(look);
    }
    await network.run(ours);
    plain.run(theirs);
    // A number that is none counts as infinitely far.
    for (let at = 0; at < ours.vertices.length; at += 1) {
      const away = Math.abs(ours.vertices[at] - theirs.vertices[at]);
      largest = Math.max(largest, Number.isNaN(away) ? Infinity : away);
    }
  }
  return 1000 * largest;
}

/** What `run` must know of the target material: M and how it rests without the shapes' rows, which are zero, then how landmarks follow. */
function tissueState(arrays) {
  const { "decoder.material_map": map, "decoder.material_rest": rest, "material.followed": followed } = arrays;
  const latents = rest.length;
  const [rows, columns] = [latents - SHAPES, latents + 1];
  const state = new Float32Array(rows * columns + arrays["residual.corners"].length / 3);
  for (let row = 0; row < rows; row += 1) {
    const from = latents * (SHAPES + row);
    state.set(map.subarray(from, from + latents), columns * row);
    state[columns * row + latents] = rest[SHAPES + row];
  }
  // A file without the fractions is of the default material, where all are one.
  if (followed) state.set(followed.map((fraction) => fraction - 1), rows * columns);
  return [state, [state.length]];
}
