"""Ports that are taken on purpose, and firewalls of three systems by what their programs print."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path

import pytest

from softdeca.doctor.network import Run, check_addresses, check_firewall, check_port, run_program


def test_a_port_that_is_taken_is_a_problem_and_a_free_one_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        finding = check_port("viewer port", port, "--viewer-port", "127.0.0.1")
    assert (finding.name, finding.status) == ("viewer port", "problem")
    assert finding.found == f"port {port}: in use by another program"
    free = re.fullmatch(
        r"End the other program, or start with: softdeca live --viewer-port (\d+)", finding.advice
    )
    assert free and int(free.group(1)) != port
    assert check_port("viewer port", port, "--viewer-port", "127.0.0.1").status == "ok"


def test_a_number_that_is_no_port_is_a_problem() -> None:
    assert check_port("phone port", 70000, "--port", "127.0.0.1").found == "port 70000: 70000"


def test_addresses_name_the_one_that_phones_reach() -> None:
    finding = check_addresses(("10.0.0.7", "192.168.1.5"), "192.168.1.5", 8443)
    assert finding.status == "ok"
    assert finding.found == "phones reach https://192.168.1.5:8443; also 10.0.0.7"
    assert check_addresses((), "127.0.0.1", 8443).status == "note"


def printing(**said: str) -> Run:
    """A machine whose programs print these texts; others are missing."""
    return lambda program, *words: said.get(Path(program).name.replace("-", "_"), "")


@pytest.mark.parametrize(
    ("platform", "run", "found", "advice"),
    [
        (
            "linux",
            printing(firewall_cmd="running\n"),
            "firewalld is on",
            "sudo firewall-cmd --add-port=8443/tcp",
        ),
        (
            "linux",
            printing(nft="chain input {\n type filter hook input priority 0; policy drop;\n}"),
            "nftables is on",
            "sudo nft insert rule inet filter input tcp dport 8443 accept",
        ),
        (
            "darwin",
            printing(socketfilterfw="Firewall is enabled. (State = 1)"),
            "macOS's firewall is on",
            "allow incoming connections for Python in System Settings, Network, Firewall",
        ),
        (
            "win32",
            printing(netsh="Private Profile Settings:\nState                                 ON\nOk."),
            "Windows's firewall is on",
            'netsh advfirewall firewall add rule name="softdeca" dir=in action=allow protocol=TCP localport=8443 '
            "(as administrator)",
        ),
    ],
)
def test_a_firewall_is_named_with_the_command_that_opens_the_port(
    platform: str, run: Run, found: str, advice: str, tmp_path: Path
) -> None:
    finding = check_firewall(platform, 8443, run, tmp_path / "ufw.conf")
    assert (finding.status, finding.found) == ("note", found)
    assert finding.advice == f"If phones cannot reach this machine: {advice}"


def test_ubuntus_firewall_is_seen_by_its_settings(tmp_path: Path) -> None:
    settings = tmp_path / "ufw.conf"
    settings.write_text("ENABLED=no\n")
    assert check_firewall("linux", 8443, printing(), settings).status == "ok"
    settings.write_text("LOGLEVEL=low\nENABLED=yes\n")
    assert check_firewall("linux", 8443, printing(), settings).advice.endswith("sudo ufw allow 8443/tcp")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_firewall_that_is_off_or_not_there_is_no_note(platform: str, tmp_path: Path) -> None:
    off = printing(
        socketfilterfw="Firewall is disabled. (State = 0)", netsh="State     OFF", nft="policy accept"
    )
    for run in (off, printing()):
        finding = check_firewall(platform, 8443, run, tmp_path / "ufw.conf")
        assert (finding.status, finding.found) == ("ok", "none is seen")


def test_a_program_that_is_missing_or_fails_says_nothing() -> None:
    assert run_program("no-such-program-here") == ""
    assert run_program(sys.executable, "-c", "print(1); raise SystemExit(1)") == ""
    assert run_program(sys.executable, "-c", "print('yes')").strip() == "yes"
