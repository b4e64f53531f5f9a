"""Skull, mandible, cartilage and teeth as template surfaces, and their place in a head.

No soft tissue lives here.
"""
