"""Latency on this machine, in any browser and on handsets, a folder each for measuring, devices and reports.

Nothing that the product runs is defined here.
"""
