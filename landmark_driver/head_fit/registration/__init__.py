"""The template's shape fitted to a placed scan, and the character made from it.

Pictures are fitted in `photos`; no raw file is read here.
"""
