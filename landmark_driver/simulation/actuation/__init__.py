"""A head that can be simulated, its jaw poses, and the muscles' actuation fitted to expressions.

No command and no output file lives here.
"""
