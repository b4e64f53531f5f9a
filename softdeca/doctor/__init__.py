"""The checks of `softdeca doctor`: each is a function from facts about this machine to a named finding.

No check changes anything, opens a camera or sends a packet.
"""
