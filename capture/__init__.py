"""Everything between a camera and a `LandmarkFrame`."""
