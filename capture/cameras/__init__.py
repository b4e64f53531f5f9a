"""Pictures from a camera or a video file, each with its capture time.

No tracking lives here, and a picture never leaves this machine's memory.
"""
