"""The head as arrays: mesh, eyes, mouth, texture and the embedding of landmarks in it.

No network, no driver and no identity model lives here.
"""
