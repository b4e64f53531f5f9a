"""Drive the default head from landmarks of your own: any points on the neutral head, and how far each has moved.

    python examples/drive_own_landmarks.py

Nothing but the base installation is needed. The points here are 40 vertices of the skin, and they move as a
smile moves them.
"""

import numpy as np

import softdeca

character = softdeca.Character.load("default")
skin = np.unique(character.head.faces[character.head.face_part == 0])
chosen = np.random.default_rng(0).choice(skin, 40, replace=False)

points = character.neutral_vertices[chosen]  # (40, 3) metres, head frame
driver = character.driver(points=points)

smiles = [softdeca.ARKIT_NAMES.index(f"mouthSmile{side}") for side in ("Left", "Right")]
for amount in (0.0, 0.5, 1.0):
    smile = amount * character.head.expressions[smiles].sum(0)  # (V, 3) metres
    displacements = smile[chosen]  # (40, 3) metres from neutral
    vertices = driver(displacements)  # (V, 3) metres
    off_mm = 1e3 * np.linalg.norm(vertices - (character.neutral_vertices + smile), axis=1)
    print(f"smile {amount:.1f}: vertices {off_mm[skin].mean():.3f} mm from the blendshapes in the mean")
