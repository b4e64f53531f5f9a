"""Identities, their topology and expressions, and what is derived from them once per head."""
