"""The sources that a session is started with (phone, webcam, video, take, demo), and the switch between several.

Neither byte formats nor transports live here; a source only joins them.
"""
