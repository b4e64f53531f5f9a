"""From tracked landmarks to displacements of a calibrated face: perspective, calibration, smoothing, tracker response, gaze, secondary
motion.

No head is moved here; the drivers do that.
"""
