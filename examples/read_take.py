"""Read the vertices of a take or a video, frame by frame, without a file in between.

    python examples/read_take.py               # the take that ships
    python examples/read_take.py me.mp4

`softdeca live --record me.mcap` records a take. Nothing but the base installation is needed.
"""

import sys

import numpy as np

import softdeca

motion = softdeca.drive(sys.argv[1] if len(sys.argv) > 1 else softdeca.DEMO_TAKE)
print(f"{len(motion)} frames of {len(motion.character.neutral_vertices)} vertices")

neutral = motion.character.neutral_vertices  # (V, 3) metres, head frame
for number, face in enumerate(motion):
    if number % 30 == 0:
        moved_mm = 1e3 * np.linalg.norm(face.vertices - neutral, axis=1)
        strongest = softdeca.ARKIT_NAMES[int(face.weights.argmax())]
        print(f"{face.capture_time_s:6.2f} s: up to {moved_mm.max():5.2f} mm, most of it {strongest}")
