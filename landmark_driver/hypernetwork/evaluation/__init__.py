"""Every driver and baseline measured on held-out heads, and in a closed loop with MediaPipe.

Nothing is trained here but the baselines of the table.
"""
