"""Heads as pictures: ray casting, skin colours, detail, and the way of pictures through the tracker.

No window and no tracker lives here.
"""
