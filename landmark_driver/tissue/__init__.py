"""The tissue of a head: one table of parameters, one setting object, one rule from a setting to tetrahedra.

No network, no layered head and no solver lives here; all three read from here.
"""
