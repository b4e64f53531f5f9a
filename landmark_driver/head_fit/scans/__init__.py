"""A scan's file to a character: the registered head with its networks, and the scan bound to it.

No registration lives here (`registration`), and no picture (`photos`).
"""
