"""The tracker process reaches nobody, and tries to reach nobody.

`tests.network_watch` sees every attempt in the kernel. That it would see MediaPipe's was verified by
hand: the unsealed tracker started without the proxy variables (mediapipe 1.2.2) opens the resolver's
files and asks the name server for play.googleapis.com when its task closes. With the variables the same
process asks for the closed port 127.0.0.1:9 and leaves it at that. Also behind the kernel's filter
it reads the resolver's files if the variables are missing, and the test of the tracker as it ships fails.
"""

import sys

import pytest

from capture.tracking.network_sandbox import NOWHERE, proxies_to_nowhere, refuse_sockets
from capture.tracking.tracker_link import TrackerLink
from capture.tracking.tracker_messages import TrackerJob
from capture.tracking.tracking_model import find_tracking_model
from tests.astronaut_video import write_astronaut_video
from tests.network_watch import ALLOWED, watchable, watched

linux_only = pytest.mark.skipif(not watchable(), reason="the watch and the kernel's filter need Linux")

TRACK = """
import sys
from pathlib import Path
from capture.sources.video_source import track_video
print(sum(frame.has_face for frame in track_video(Path(sys.argv[1]), tracker_module=sys.argv[2])))
"""

ATTEMPTS = {
    "a look-up": ("socket.getaddrinfo('softdeca.invalid', 80)", "look-up: /etc/resolv.conf"),
    "a connection": ("socket.create_connection(('192.0.2.1', 80))", "192.0.2.1:80"),
    "a connection over IPv6": ("socket.create_connection(('2001:db8::1', 80))", "[2001:db8::1]:80"),
    "a datagram": ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", "192.0.2.1:53"),
    "a message": ("socket.socket(type=2).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))", "192.0.2.1:53"),
    "a local resolver": ("socket.socket(socket.AF_UNIX).connect('/run/resolver')", "unix:/run/resolver"),
}


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_astronaut_video(tmp_path_factory.mktemp("video") / "face.mp4", seconds=0.5)


def attempts_of(statement):
    """What the watch sees of a grandchild that executes a statement."""
    program = f"import socket; {statement}"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-W', 'ignore', '-c', {program!r}])"
    run = watched([sys.executable, "-c", start])
    assert "Traceback" in run.output, "the attempt was let through"
    return run.attempts


@linux_only
@pytest.mark.parametrize("kind", ATTEMPTS)
def test_the_watch_catches_and_stops_whoever_tries(kind):
    statement, expected = ATTEMPTS[kind]
    assert expected in attempts_of(statement)


@linux_only
def test_with_closed_proxies_alone_nothing_is_tried_but_the_closed_port(video):
    run = watched([sys.executable, "-c", TRACK, str(video), "tests.capture.tracking.unsealed_tracker"])
    assert (run.status, run.output) == (0, "15\n")
    assert set(run.attempts) <= set(ALLOWED)
    assert attempts_of("socket.getaddrinfo('softdeca.invalid', 80)"), "the watch sleeps"


@linux_only
def test_the_tracker_as_it_ships_tries_nothing_at_all(video):
    run = watched([sys.executable, "-c", TRACK, str(video), "capture.tracking.tracker_process"])
    assert (run.status, run.output) == (0, "15\n")
    assert run.attempts == []
    assert attempts_of("socket.getaddrinfo('softdeca.invalid', 80)"), "the watch sleeps"


@linux_only
def test_the_tracker_says_that_the_kernel_refuses_it_sockets(video):
    link = TrackerLink(TrackerJob(str(video), str(find_tracking_model()), 1280))
    assert link.header.sockets_refused
    link.close()


@linux_only
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_behind_the_filter_no_socket_can_be_had_on_any_thread(family):
    program = f"""
import socket, threading
from capture.tracking.network_sandbox import refuse_sockets
go = threading.Event()
def attempt():
    go.wait()
    try:
        socket.socket(socket.{family})
    except PermissionError:
        print("refused")
thread = threading.Thread(target=attempt)
thread.start()
print(refuse_sockets())
go.set()
thread.join()
attempt()
"""
    run = watched([sys.executable, "-c", program])
    assert run.output.split() == ["True", "refused", "refused"]


def test_without_linux_the_filter_says_that_it_is_not_there(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert refuse_sockets() is False


def test_closed_proxies_replace_the_users_own_and_their_exemptions():
    environment = proxies_to_nowhere({"HOME": "/h", "https_proxy": "http://proxy:3128", "no_proxy": "*"})
    assert environment["HOME"] == "/h"
    assert environment["https_proxy"] == environment["ALL_PROXY"] == NOWHERE
    assert "no_proxy" not in environment
