"""The tracker process without its second bar: the proxies are closed, but the kernel refuses nothing.

What the kernel refuses, `tests.network_watch` never gets to see; so this is how it can look whether
anything is tried at all.
"""

import sys

from capture.tracking.tracker_messages import TrackerJob
from capture.tracking.tracker_process import private_output, serve

if __name__ == "__main__":
    serve(TrackerJob.from_json(sys.argv[1]), private_output(), sockets_refused=False)
