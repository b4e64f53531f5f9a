"""The networks of the live frame in NumPy: their weights, their products, and the bounded solve for the latent.

No landmark is tracked or smoothed here, and no file imports PyTorch.
"""
