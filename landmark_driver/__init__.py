"""SparseSoftDECA and everything around it: head models, physics, networks, and the live driver."""
