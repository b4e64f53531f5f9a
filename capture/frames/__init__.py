"""A frame of landmarks as a value and as bytes, the ARKit names and weights, and the clocks of sender and receiver.

No camera, no file of frames, no thread and no socket lives here.
"""
