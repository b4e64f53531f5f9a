"""Run an exported model: landmarks in, vertices out, by the format's own runtime.

    softdeca export default --format onnx --out head.onnx
    python examples/run_exported_model.py head.onnx

Making the model needs the extra `export`. Running it needs the format's runtime alone.
"""

import sys

import numpy as np

import softdeca

model = softdeca.open_exported(sys.argv[1])
for side in ("inputs", "outputs"):
    for port in model.ports("run", side):
        print(f"{side}: {port['name']} {port['shape']}: {port['meaning']}")

inputs = {port["name"]: np.zeros(port["shape"], np.float32) for port in model.ports("run", "inputs")}
neutral = model.run(**inputs)["vertices_m"]

chin = 152  # in MediaPipe's order
inputs["displacements_m"][chin] = (0.0, -0.01, 0.0)  # 1 cm down
vertices = model.run(**inputs)["vertices_m"]
print(
    f"{len(vertices)} vertices, moved by up to {1e3 * np.linalg.norm(vertices - neutral, axis=1).max():.2f} mm"
)
