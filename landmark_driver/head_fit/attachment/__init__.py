"""How a scan's own vertices hang on the template's surface, lips and lids apart.

No file is read and no face is searched here.
"""
