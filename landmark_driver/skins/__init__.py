"""The pictures of the skins that ship, painted from noise and from places on the head.

No photograph is used, and nothing here runs with a character.
"""
