"""Takes: recorded frames as a file, its writer, its reader, and the replay at the recorded pace.

No camera and no phone lives here; a take holds landmarks and never pictures.
"""
