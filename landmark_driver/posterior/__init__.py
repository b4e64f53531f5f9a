"""What landmarks say of a face: the posterior of the latent, and of what no latent explains, in closed form.

Only heads and layouts are known here: no network, no frame and no tracker.
"""
