"""Losses, steps, checkpoints and the program that trains the networks.

No network is defined and no sample is made here.
"""
