"""Programs on a simulated head: expressions, motion, benchmarks and checks.

Nothing of the physics itself lives here.
"""
