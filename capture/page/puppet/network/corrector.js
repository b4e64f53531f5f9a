// The folded corrector: z ← z + C(z), hidden layers with a SiLU after each (landmark_driver/network/film_network.py).

import { add, times } from "../geometry/matrix.js";

export class Corrector {
  name = "corrector";
  #layers;
  #out;

  constructor(own) {
    const count = Object.keys(own).filter((name) => name.endsWith(".weight")).length - 1;
    const layer = (name) => ({
      weight: own[`${name}.weight`],
      bias: own[`${name}.bias`],
      result: new Float32Array(own[`${name}.bias`].length),
    });
    this.#layers = Array.from({ length: count }, (_, number) => layer(number));
    this.#out = layer("out");
  }

  apply({ latent }) {
    let h = latent;
    for (const { weight, bias, result } of this.#layers) {
      times(weight, h, result);
      for (let i = 0; i < result.length; i += 1) result[i] = silu(result[i] + bias[i]);
      h = result;
    }
    const { weight, bias, result } = this.#out;
    times(weight, h, result);
    add(result, bias);
    add(latent, result);
  }
}

const silu = (x) => x * (0.5 + 0.5 * Math.tanh(0.5 * x));
