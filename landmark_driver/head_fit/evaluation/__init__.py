"""Measurements of fits, on synthetic scans and pictures with known heads.

No program but these measurements imports anything from here.
"""
