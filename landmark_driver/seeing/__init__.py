"""Head pose and expression of a performer, solved in the picture: image points in, pose and latent out.

No picture comes here; `capture/tracking` measures the points.
"""
