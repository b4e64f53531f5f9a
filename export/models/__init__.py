"""`softdeca export` and the phone's files: which graph, which precision, which format, and the parity check.

No format is written or read here by hand.
"""
