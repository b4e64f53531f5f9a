"""Models of head identities (anny, FLAME, ICT-FaceKit, linear ones), their checks, and an identity's character.

No tissue, layer or network lives here.
"""
