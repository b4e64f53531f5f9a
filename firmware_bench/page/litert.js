// The exported network in LiteRT.js, on the processor.

const MODULE = "/litert/core.js";
const WASM = "/litert/wasm/";

/** {call, vertices}: `call()` runs the model once and is a promise; `vertices` are those of the given displacements. */
export async function loadLiteRtNetwork(bytes, displacements) {
  const { loadLiteRt, loadAndCompile, Tensor } = await import(MODULE);
  await loadLiteRt(WASM);
  const model = await loadAndCompile(new Uint8Array(bytes), { accelerator: "wasm" });
  const { run } = model.signatures;
  const inputs = {};
  for (const { name, shape } of run.getInputDetails()) {
    const size = shape.reduce((product, length) => product * length, 1);
    const values = name === "displacements_m" ? Float32Array.from(displacements) : new Float32Array(size);
    inputs[name] = new Tensor(values, Array.from(shape));
  }
  const call = async () => {
    const outputs = await model.run("run", inputs);
    const vertices = outputs.vertices_m.toTypedArray();
    for (const tensor of Object.values(outputs)) tensor.delete();
    return vertices;
  };
  return { call, vertices: Float32Array.from(await call()) };
}
