"""The binding of a scan's own vertices to the template's surface, lips and lids apart.

No file is read and no face is searched here.
"""
