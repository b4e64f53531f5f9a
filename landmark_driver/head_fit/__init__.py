"""From a scan or from pictures to a character: reading, placement, registration, attachment and characters, a folder for each.

Nothing here runs live.
"""
