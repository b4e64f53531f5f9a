"""The measured subjects in every runtime, and the rounds in which they are timed.

No device is addressed and no report is written here.
"""
