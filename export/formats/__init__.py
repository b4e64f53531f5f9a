"""Core ML, ONNX and TFLite: writing a graph, reading the file back and evaluating it.

No character and no choice of precision lives here.
"""
