"""The template's shape fitted to a placed scan.

Pictures are fitted in `photos`, and characters are made in `scans`; no raw file is read here.
"""
