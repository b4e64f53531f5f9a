"""A driven performance as `.npz`, `.glb` or `.usdc`.

No network model lives here.
"""
