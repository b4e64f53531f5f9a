"""Give the default head other tissue, and see how far the same performance moves it.

    python examples/edit_tissue.py

Nothing but the base installation is needed. The performance is the take that ships.
"""

import numpy as np

import softdeca

TAKE = softdeca.DEMO_TAKE
SOFT_CHEEKS = {"cheek.stiffness": 0.3, "cheek.volume": 1.3}

usual = softdeca.Character.load("default")
edits = {
    "soft, full cheeks": usual.with_material(SOFT_CHEEKS),
    "left side paralysed": usual.with_material({"cheek_left.strength": 0.0, "upper_lip_left.strength": 0.0}),
    "upside down": usual.with_material({}, gravity=(0.0, 9.81, 0.0)),
}

before = [face.vertices for face, _ in zip(softdeca.drive(TAKE, usual), range(60), strict=False)]
for name, character in edits.items():
    after = [face.vertices for face, _ in zip(softdeca.drive(TAKE, character), range(60), strict=False)]
    moved_mm = 1e3 * np.linalg.norm(np.array(after) - before, axis=2)
    print(f"{name}: up to {moved_mm.max():.2f} mm from the usual tissue")
