"""`softdeca doctor`: what is installed, and what stands in the way."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from softdeca.commands.terminal import say

_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


@dataclass(frozen=True)
class Doctor:
    """Show what is installed, and which ports, addresses, cameras, browser and firewall stand in the way."""

    port: int = 8443
    """Port of the phone page, as in `live`."""
    viewer_port: int = 8080
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Run every check and show its finding with the advice.

        Returns:
            Versions, extras, checks, and whether `softdeca live` can run, as values for JSON.
        """
        from capture.phone.local_addresses import best_address, lan_addresses
        from capture.phone.phone_app import PAGE
        from capture.tracking.tracking_model import find_tracking_model
        from landmark_driver.compiled.evaluator import VARIABLE, evaluator
        from landmark_driver.compiled.library import load_library
        from softdeca.doctor.devices import check_browser, check_cameras
        from softdeca.doctor.installation import (
            PROJECT,
            check_evaluator,
            check_extras,
            check_head,
            check_packages,
            check_page,
            check_tracking_model,
            drive_default_head,
            missing_modules,
            package_versions,
        )
        from softdeca.doctor.network import check_addresses, check_firewall, check_port, run_program

        versions, missing, addresses = package_versions(), missing_modules(), lan_addresses()
        findings = (
            check_packages(versions),
            check_extras(missing),
            check_page(PAGE),
            check_tracking_model(find_tracking_model),
            check_evaluator(os.environ.get(VARIABLE, ""), lambda: evaluator().name, load_library),
            check_head(drive_default_head),
            check_port("phone port", self.port, "--port", "0.0.0.0"),
            check_port("viewer port", self.viewer_port, "--viewer-port", "127.0.0.1"),
            check_addresses(addresses, best_address(addresses), self.port),
            check_firewall(sys.platform, self.port, run_program),
            check_cameras(sys.platform),
            check_browser(),
        )
        for finding in findings:
            say(f"{_MARKS[finding.status]} {finding.name}: {finding.found}")
            if finding.advice and finding.status != "ok":
                say(f"        {finding.advice}")
        return {
            "version": version(PROJECT),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": versions,
            "extras": {extra: not modules for extra, modules in missing.items()},
            "addresses": list(addresses),
            "checks": [asdict(finding) for finding in findings],
            "can_run_live": all(finding.status != "problem" for finding in findings),
        }
