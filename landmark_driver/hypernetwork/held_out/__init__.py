"""The held-out samples that ship: the part of a dataset that is kept, and the solved resting head of each edited setting.

No sample is made and no network is trained here.
"""
