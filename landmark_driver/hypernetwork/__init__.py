"""The networks that learn the physics: data, networks, training and evaluation, a folder for each.

No live program imports it; trained network weights reach the driver as files.
"""
