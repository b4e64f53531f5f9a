"""Energies of tetrahedra and nodes with their derivatives, materials and the rest mesh.

No solver and no head lives here.
"""
