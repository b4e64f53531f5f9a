"""Checks of the network: ports, the addresses that a phone can reach, the firewall."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from capture.frames.capture_error import PortInUseError
from capture.phone.listening_socket import listening_socket
from softdeca.doctor.finding import Finding

UFW_CONF = Path("/etc/ufw/ufw.conf")
_SECONDS = 5

Run = Callable[..., str]
"""From a program's words to its standard output; empty where the program is missing or refuses."""


def check_port(name: str, port: int, flag: str, host: str) -> Finding:
    """Check that a port can be had.

    Args:
        name: the page that needs it.
        port: its number.
        flag: the flag of `softdeca live` that chooses another.
        host: IPv4 address that the page listens on.

    Returns:
        The finding; a port that is taken is a problem, and the advice names a free one.
    """
    try:
        listening_socket(host, port).close()
    except PortInUseError as error:
        said = str(error).partition(", got ")[2].partition(". ")[0].strip("'")
        with listening_socket(host, 0) as free:
            other = free.getsockname()[1]
        advice = f"End the other program, or start with: softdeca live {flag} {other}"
        return Finding(name, "problem", f"port {port}: {said}", advice)
    return Finding(name, "ok", f"port {port} is free")


def check_addresses(addresses: tuple[str, ...], best: str, port: int) -> Finding:
    """Check that a phone can reach this machine.

    Args:
        addresses: IPv4 addresses of this machine on its networks.
        best: the one that leads out of this machine.
        port: port of the phone page.

    Returns:
        The finding; a machine without a network has a note.
    """
    if not addresses:
        advice = "Join the network that the phone is in; a webcam, a video and the demo work without one."
        return Finding("addresses", "note", "this machine is in no network", advice)
    others = [address for address in addresses if address != best]
    also = f"; also {', '.join(others)}" if others else ""
    advice = f"If the phone shows no page, open https://{best}:{port} in a browser here, then join the phone's network."
    return Finding("addresses", "ok", f"phones reach https://{best}:{port}{also}", advice)


def check_firewall(platform: str, port: int, run: Run, ufw_conf: Path = UFW_CONF) -> Finding:
    """Check whether a firewall may keep phones away, as far as that can be seen without rights.

    Args:
        platform: as in `sys.platform`.
        port: port of the phone page.
        run: runs a program.
        ufw_conf: settings of Ubuntu's firewall.

    Returns:
        The finding; a firewall that is on is a note with the command that opens the port.
    """
    allowed = _ALLOWED.get(platform, _on_linux)(port, run, ufw_conf)
    if allowed is None:
        return Finding("firewall", "ok", "none is seen")
    which, advice = allowed
    return Finding("firewall", "note", f"{which} is on", f"If phones cannot reach this machine: {advice}")


def run_program(*words: str) -> str:
    """Run a program that only reads.

    Args:
        words: the program and its arguments.

    Returns:
        Its standard output; empty where it is missing, fails or takes more than 5 s.
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _on_linux(port: int, run: Run, ufw_conf: Path) -> tuple[str, str] | None:
    """Return the firewall's name and the command that opens the port; None where none is seen."""
    if ufw_conf.is_file() and "ENABLED=yes" in ufw_conf.read_text(encoding="utf-8", errors="replace"):
        return "ufw", f"sudo ufw allow {port}/tcp"
    if run("firewall-cmd", "--state").strip() == "running":
        return "firewalld", f"sudo firewall-cmd --add-port={port}/tcp"
    rules = run("nft", "list", "ruleset")
    if any("hook input" in line and "policy drop" in line for line in rules.splitlines()):
        return "nftables", f"sudo nft insert rule inet filter input tcp dport {port} accept"
    return None


def _on_macos(port: int, run: Run, ufw_conf: Path) -> tuple[str, str] | None:
    state = run("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")
    if "enabled" not in state:
        return None
    return "macOS's firewall", "allow incoming connections for Python in System Settings, Network, Firewall"


def _on_windows(port: int, run: Run, ufw_conf: Path) -> tuple[str, str] | None:
    state = run("netsh", "advfirewall", "show", "currentprofile", "state")
    if "ON" not in state.split():
        return None
    rule = f'name="softdeca" dir=in action=allow protocol=TCP localport={port}'
    return "Windows's firewall", f"netsh advfirewall firewall add rule {rule} (as administrator)"


_ALLOWED = {"darwin": _on_macos, "win32": _on_windows}
