"""A scan's file to a character: the registered head with its networks, and the scan bound to it.

Registration itself lives in `registration`, and pictures go through `photos`.
"""
