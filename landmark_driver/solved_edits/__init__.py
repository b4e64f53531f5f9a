"""Edits of a head's tissue solved by the simulator: the head at rest, and the head's own shapes under the edit.

What they become in a frame lives in `landmark_driver/tissue` and `landmark_driver/network`; nothing here runs in a frame.
"""
