"""Everything between a camera and a `LandmarkFrame`: frames, cameras, tracking, takes, sources, and the phone with its page.

No head, driver or viewer lives here, and nothing here imports another package of ours.
"""
