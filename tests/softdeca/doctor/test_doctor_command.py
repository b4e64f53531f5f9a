"""The command: every check in one report, and its exit status."""

from __future__ import annotations

import json
import socket

import pytest

from softdeca.cli import main
from tests.free_port import free_port
from tests.tracker_file import tracking_model_or_skip

CHECKS = [
    "packages",
    "extras",
    "phone page",
    "tracking model",
    "evaluator",
    "head",
    "phone port",
    "viewer port",
    "addresses",
]


def report(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict, str]:
    status = 0
    try:
        main(["doctor", "--json", *words])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr()
    return status, json.loads(said.out), said.err


def test_the_report_has_every_check_and_success_means_that_live_can_run(capsys) -> None:
    tracking_model_or_skip()
    status, found, said = report(capsys, "--port", str(free_port()), "--viewer-port", str(free_port()))
    checks = {check["name"]: check for check in found["checks"]}
    assert list(checks) == [*CHECKS, "firewall", "cameras", "browser"]
    assert found["packages"]["numpy"] and set(found["extras"]) == {"cluster", "export", "physics", "train"}
    assert found["can_run_live"] is all(check["status"] != "problem" for check in checks.values())
    assert status == (0 if found["can_run_live"] else 1)
    for check in checks.values():
        assert f"{check['name']}: {check['found']}" in said
        assert check["advice"] in said or check["status"] == "ok"


def test_a_port_that_is_taken_ends_with_status_one(capsys) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        status, found, said = report(capsys, "--port", str(port), "--viewer-port", str(free_port()))
    assert status == 1 and found["can_run_live"] is False
    assert f"PROBLEM phone port: port {port}: in use by another program" in said
