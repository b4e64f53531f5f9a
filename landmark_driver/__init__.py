"""SparseSoftDECA and everything around it: head models, physics, networks, and the live driver."""

from landmark_driver.character import Character

__all__ = ["Character"]
