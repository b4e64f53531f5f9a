"""Make a character of a scan, whose own vertices then follow a face.

    python examples/fit_scan.py scan.obj me.safetensors

The scan is a .obj, .ply, .stl or .glb of a head in any unit and orientation. `softdeca live --head me.safetensors`
moves it with your face.
"""

import argparse

import softdeca

parser = argparse.ArgumentParser()
parser.add_argument("scan")
parser.add_argument("out")
given = parser.parse_args()

try:
    character = softdeca.fit_scan(given.scan, progress=print)
except softdeca.HeadFitError as error:
    raise SystemExit(str(error)) from error

fit = character.provenance["fit"]
print(f"{fit['vertices']} vertices, one unit of the scan is {fit['scale_to_metres']:.4g} m")
print(f"surface error {fit['surface_error_mm']['mean']:.2f} mm in the face")
character.save(given.out)
