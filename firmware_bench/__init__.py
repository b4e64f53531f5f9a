"""Latency on this machine, in any browser, on handsets; and whether two measurements differ."""
