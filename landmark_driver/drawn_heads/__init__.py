"""Heads drawn as pictures for MediaPipe, the response learned from them, and the demo take.

Nothing here runs live, and no physics lives here.
"""
