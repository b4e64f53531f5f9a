"""Heads as pictures: rasterising, skin colours, detail, and which vertices a tracker sees.

No window and no tracker lives here.
"""
