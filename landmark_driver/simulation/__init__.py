"""The physics of the layered head: energies, solver, contact and actuation on tetrahedral meshes."""
