"""The networks that learn the physics: data, networks, training and evaluation, a folder for each.

Nothing that runs live imports it; trained weights reach the driver as files.
"""
