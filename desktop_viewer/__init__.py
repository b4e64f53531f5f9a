"""The head on the desktop and its control panel."""
