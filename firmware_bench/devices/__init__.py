"""One bench a device: this machine, browsers, Android, iOS and emulated arm64.

No subject is defined and no report is written here.
"""
