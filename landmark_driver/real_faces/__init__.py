"""What arrives on a head of the signals that the tracker saw on a real face, stage by stage, with film strips.

Nothing here runs live, and no truth is known here; heads with known vertices are drawn in `drawn_heads`.
"""
