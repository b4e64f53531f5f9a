"""The frame loop, and the same frames offline from a file; latency is measured here.

No mathematics of a driver and no window lives here.
"""
