"""Programs that make what characters wear: eyes, lashes, brows, hair, shoulders. Nothing here runs with a character."""
