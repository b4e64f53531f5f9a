"""The wraps around bones and muscles, and the tetrahedra between them and the skin.

No bone is shaped and no thickness is predicted here.
"""
