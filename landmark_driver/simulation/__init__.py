"""The physics of the layered head: energies, solver, contact, actuation and the programs that run them, a folder for each.

No network lives here, and nothing that runs live imports it.
"""
