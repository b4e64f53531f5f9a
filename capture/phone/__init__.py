"""The server for the phone's page: pairing, certificates, the two transports, and a session with its messages.

The page itself lives in `capture/page`, and no head is driven here.
"""
