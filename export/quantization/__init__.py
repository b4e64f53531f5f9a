"""Network weights in fewer bytes: integers, palettes and the correction of their error.

No file format lives here.
"""
