"""A head fitted to landmarks and colours of one or several pictures.

No scan is read here.
"""
