"""A stand-in for the solver's process: resting heads that are the head's own size times the fat, or none for stiff tissue."""

import os
import sys

import numpy as np

from landmark_driver.solved_edits.resting_messages import read_arrays, write_arrays
from landmark_driver.tissue.tissue_setting import setting_from_code

answers = os.fdopen(os.dup(1), "wb")
first = read_arrays(sys.stdin.buffer)
assert first is not None
write_arrays(answers, {"seconds": np.zeros(1)})
while (message := read_arrays(sys.stdin.buffer)) is not None:
    stiffness, _, _, volume = setting_from_code(message["code"]).learned[0]
    if stiffness > 3:
        os._exit(1)
    if stiffness > 1.5:
        write_arrays(answers, {"number": message["number"], "error": np.frombuffer(b"too stiff", np.uint8)})
    else:
        rest = (first["neutral"] * volume).astype(np.float32)
        write_arrays(answers, {"number": message["number"], "rest": rest})
        compliance = np.stack([rest, 2 * rest, 3 * rest])
        write_arrays(answers, {"number": message["number"], "rest": rest, "compliance": compliance})
