"""From a scan or from pictures to a character: reading, placement, registration, attachment, a folder for each.

Nothing here runs live.
"""
