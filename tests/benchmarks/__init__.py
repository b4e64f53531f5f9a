"""Measurements that are run by hand: what they find depends on the machine, so no test asserts it."""
