"""MediaPipe's face landmarker in a process of its own, without a network, and the link to it.

No camera is opened by anything outside that process, and no source or phone lives here.
"""
