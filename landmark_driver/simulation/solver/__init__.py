"""Minimisers of the energy, the load they act under, and the simulator that chooses among them.

No contact is detected and no muscle is fitted here.
"""
