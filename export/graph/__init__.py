"""The network of a frame as a PyTorch graph that exporters can convert.

No converter and no file lives here.
"""
