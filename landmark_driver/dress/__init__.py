"""What hangs on a head and follows it: teeth, gums, brows, lashes, hair, shoulders, and how each is painted.

Every piece is a linear function of the mesh's vertices; no driver, no network and no renderer lives here.
"""
