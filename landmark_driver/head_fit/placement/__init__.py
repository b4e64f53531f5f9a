"""Finding the face in a scan of any unit, orientation and position, and the similarity to the template.

No shape is changed here.
"""
