"""The layered head: skin, muscles, bones, wraps and the tissue between them, built from a neutral mesh.

No energy and no solver lives here, and nothing here moves.
"""
