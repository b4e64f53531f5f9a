"""Skull, mandible, cartilage and teeth as template surfaces, and their position in a head.

No soft tissue lives here.
"""
