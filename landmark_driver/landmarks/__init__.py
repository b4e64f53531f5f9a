"""From tracked landmarks to displacements of a calibrated face: perspective, calibration, tracker response, smoothing, gaze
and secondary motion.

No head is moved here; the drivers do that.
"""
