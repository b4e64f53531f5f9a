"""Colours of hair, linear RGB."""

HAIR_TONES: dict[str, tuple[float, float, float]] = {
    "black": (0.020, 0.016, 0.014),
    "brown": (0.075, 0.042, 0.024),
    "chestnut": (0.16, 0.078, 0.038),
    "blond": (0.44, 0.29, 0.15),
    "grey": (0.42, 0.41, 0.40),
}
