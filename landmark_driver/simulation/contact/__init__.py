"""Contact of skin with itself and with bone, and tissue that slides on bone.

No minimiser lives here.
"""
