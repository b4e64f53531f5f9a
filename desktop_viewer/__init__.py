"""The head on the desktop: view, panel, colours, and the session that joins sources, driver, viewer and recording.

No vertex is computed here, and no file format lives here.
"""
