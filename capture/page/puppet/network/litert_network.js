// The exported network in LiteRT.js, on the processor: what plain_network.js computes, faster.

import { oneAtATime } from "../../browser/wasm_turn.js";
import { ModelError } from "../files/model_error.js";
import { GAZE } from "../landmarks/gaze.js";

const CORE = "/litert/core.js";
const WASM = "/litert/wasm/litert_wasm_compat_internal.js";
const SHAPES = 52;
const AGREEMENT_MM = 0.01;
// A face that the model is tried on: the neutral, higher by this share.
const STRETCH = 0.03;

export class LiteRtNetwork {
  runtime = "LiteRT.js";
  #model;
  #Tensor;
  #tissue;

  /** `model`: compiled; `arrays`: the puppet's. */
  constructor(model, Tensor, arrays) {
    this.#model = model;
    this.#Tensor = Tensor;
    this.#tissue = new Tensor(...tissueState(arrays));
  }

  /** Writes `vertices` (metres, head frame) for landmark displacements (478 × 3, metres) and eyeLook weights (8, 0..1). */
  async run(displacements, lookWeights, vertices) {
    const inputs = {
      displacements_m: new this.#Tensor(Float32Array.from(displacements), [displacements.length / 3, 3]),
      look_weights: new this.#Tensor(Float32Array.from(lookWeights), [GAZE.length]),
      tissue_state: this.#tissue,
    };
    try {
      const outputs = await this.#model.run("run", inputs);
      vertices.set(outputs.vertices_m.toTypedArray());
      for (const tensor of Object.values(outputs)) tensor.delete();
    } finally {
      inputs.displacements_m.delete();
      inputs.look_weights.delete();
    }
  }
}

/** The network of a model's bytes. Throws ModelError unless it does here what `plain` does, within `agreementMm`. */
export async function loadLiteRtNetwork(bytes, arrays, plain, agreementMm = AGREEMENT_MM) {
  let network;
  let awayMm;
  try {
    network = await compiled(bytes, arrays);
    awayMm = await largestDifferenceMm(network, plain, arrays);
  } catch (error) {
    throw new ModelError(`Expected a model that LiteRT.js runs, got one that it does not (${error?.message ?? error}).`);
  }
  if (awayMm <= agreementMm) return network;
  throw new ModelError(`Expected this head's model, within ${agreementMm} mm, got one that is ${awayMm.toPrecision(2)} mm away.`);
}

let runtime = null;

async function compiled(bytes, arrays) {
  const { loadLiteRt, loadAndCompile, Tensor } = await import(CORE);
  runtime ??= oneAtATime(() => loadLiteRt(WASM));
  await runtime;
  return new LiteRtNetwork(await loadAndCompile(new Uint8Array(bytes), { accelerator: "wasm" }), Tensor, arrays);
}

/** Over the neutral and a stretched face that looks aside. */
async function largestDifferenceMm(network, plain, arrays) {
  const { neutral_landmarks: neutral, resting_vertices: resting } = arrays;
  const stretched = Float64Array.from(neutral, (place, at) => (at % 3 === 1 ? STRETCH * place : 0));
  const [ours, theirs] = [resting.slice(), resting.slice()];
  let largest = 0;
  for (const [displacements, look] of [[stretched.map(() => 0), 0], [stretched, 0.3]]) {
    const looks = new Float64Array(GAZE.length).fill(look);
    await network.run(displacements, looks, ours);
    plain.run(displacements, looks, theirs);
    // A number that is none counts as infinitely far.
    for (let at = 0; at < ours.length; at += 1) {
      const away = Math.abs(ours[at] - theirs[at]);
      largest = Math.max(largest, Number.isNaN(away) ? Infinity : away);
    }
  }
  return 1000 * largest;
}

/** What `run` must know of the shown tissue, and its shape: M without the shapes' rows, which are zero, and how it rests. */
function tissueState({ tissue_map: map, tissue_rest: rest }) {
  const latents = rest.length;
  const [rows, columns] = [latents - SHAPES, latents + 1];
  const state = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const from = latents * (SHAPES + row);
    state.set(map.subarray(from, from + latents), columns * row);
    state[columns * row + latents] = rest[SHAPES + row];
  }
  return [state, [rows, columns]];
}
