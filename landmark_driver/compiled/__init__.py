"""The frame in C: its sources in `c/`, the library that is built of them, and the choice between it and NumPy.

Nothing is defined here that NumPy does not define: every stage in C has its arrays and its interface from the stage in NumPy.
"""
