"""The trained networks in PyTorch: SoftDECA, the local tissue network and the S2D decoder.

No loss and no file lives here.
"""
