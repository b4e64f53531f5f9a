"""Training data: sampled heads, expressions and tissue, their simulation, and the files that keep them.

No network and no optimiser lives here.
"""
