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

for number, face in enumerate(softdeca.drive(softdeca.DEMO_TAKE)):
    if number % 60 == 0:
        inputs["displacements_m"] = face.displacements  # (478, 3) metres from neutral
        vertices = model.run(**inputs)["vertices_m"]  # (V, 3) metres
        moved_mm = 1e3 * np.linalg.norm(vertices - neutral, axis=1)
        print(f"{face.capture_time_s:.2f} s: up to {moved_mm.max():.2f} mm")
