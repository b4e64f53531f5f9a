"""Mathematics of triangle meshes and poses: intersection, nearest points, subdivision, loops, similarity.

Nothing here refers to a head, and files, clocks and random numbers stay out.
"""
