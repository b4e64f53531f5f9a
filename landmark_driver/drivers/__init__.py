"""The drivers of a head, from displacements or ARKit weights to vertices.

No calibration, no loop and no file lives here.
"""
