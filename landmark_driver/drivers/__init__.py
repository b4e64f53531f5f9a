"""The drivers of a head, from displacements or ARKit weights to vertices, and the secondary motion after them.

No calibration, no loop and no file lives here.
"""
