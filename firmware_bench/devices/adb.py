"""Android's debug bridge, called as a program: nothing of its protocol is implemented here."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from firmware_bench.measure.bench_error import DeviceError, ToolError

_QUICK_S = 30.0
_GONE = ("not found", "device offline", "no devices", "closed", "disconnected")
_WHY_NOT = {
    "unauthorized": "does not allow this machine yet. Unlock it and answer its question about debugging",
    "offline": "does not answer. Plug it in again, or run 'adb reconnect'",
    "no permissions": "this user may not open. Install the udev rules for Android devices",
}


@dataclass(frozen=True)
class AttachedDevice:
    """One line of `adb devices -l`. `trouble` is the reason that it cannot be measured, empty where it can."""

    serial: str
    model: str
    trouble: str = ""


class Adb:
    """The debug bridge of this machine, for all attached devices."""

    def __init__(self, program: str = "adb"):
        """Find the program. Raises ToolError where there is none of this name."""
        found = shutil.which(program)
        if found is None:
            raise ToolError(
                "Expected Android's 'adb' on the PATH, got none. Install Android's platform tools "
                "(apt install adb, or brew install android-platform-tools)."
            )
        self._program = found

    def devices(self) -> list[AttachedDevice]:
        """Return all attached devices, measurable or not.

        Returns:
            One entry a device, in adb's order.

        Raises:
            ToolError: where adb does not run, or does not answer with a list of devices.
            DeviceError: where no device is attached, or adb does not end in time.
        """
        done = self._run(["devices", "-l"], _QUICK_S)
        lines = done.stdout.splitlines()
        heads = [number for number, line in enumerate(lines) if line.startswith("List of devices attached")]
        if done.returncode != 0 or not heads:
            raise ToolError(
                f"Expected a list of devices from 'adb devices', got '{_said(done)}'. "
                "Try 'adb kill-server', and check that this adb is Android's."
            )
        found = [device for line in lines[heads[0] + 1 :] if (device := _device(line)) is not None]
        if not found:
            raise DeviceError(
                "Expected an attached Android device, got none. Plug one in with USB debugging switched on "
                "(Settings, Developer options)."
            )
        return found

    def shell(self, serial: str, command: str, timeout_s: float = _QUICK_S) -> str:
        """Return the output of a command on a device.

        Args:
            serial: names the device.
            command: a line for the device's shell.
            timeout_s: seconds after which the command counts as failed.

        Returns:
            Standard output and standard error of the command.

        Raises:
            DeviceError: where the device or the command fails, or does not end in time.
            ToolError: where adb does not run.
        """
        return self._on(serial, ["shell", f"{command} 2>&1"], timeout_s)

    def push(self, serial: str, file: Path, remote: str) -> None:
        """Copy a file of this machine to a device, within 300 seconds.

        Args:
            serial: names the device.
            file: on this machine.
            remote: the file's path on the device.

        Raises:
            DeviceError: where the device or the copy fails, or does not end in time.
            ToolError: where adb does not run.
        """
        self._on(serial, ["push", str(file), remote], 10 * _QUICK_S)

    def _on(self, serial: str, arguments: list[str], timeout_s: float) -> str:
        done = self._run(["-s", serial, *arguments], timeout_s)
        if done.returncode == 0:
            return done.stdout
        said = _said(done)
        if any(word in said for word in _GONE) and (
            serial in said or "device" in said or said.endswith("closed")
        ):
            raise DeviceError(
                f"Expected device {serial} to stay attached, got '{said}'. "
                "Check the cable, keep the screen on, and measure again."
            )
        raise DeviceError(
            f"Expected '{arguments[-1].split()[0]}' to work on device {serial}, got '{said}' "
            f"(status {done.returncode}). Try the command by hand."
        )

    def _run(self, arguments: list[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [self._program, *arguments],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            raise DeviceError(
                f"Expected 'adb {' '.join(arguments)[:60]}' to end within {timeout_s:.0f} s, got no end. "
                "Plug the device in again."
            ) from None
        except OSError as error:
            raise ToolError(
                f"Expected to run '{self._program}', got '{error.strerror}'. Install Android's platform tools again."
            ) from error


def _device(line: str) -> AttachedDevice | None:
    """Return the device of a line "SERIAL  device product:… model:… …", None for adb's other lines."""
    words = line.split()
    if len(words) < 2 or line.startswith("*"):
        return None
    serial, rest = words[0], line.removeprefix(words[0]).strip()
    model = next((word.removeprefix("model:") for word in words if word.startswith("model:")), serial)
    if words[1] == "device":
        return AttachedDevice(serial, model.replace("_", " "))
    why = next(
        (text for state, text in _WHY_NOT.items() if rest.startswith(state)),
        f"adb calls '{rest}'. Look at its screen",
    )
    return AttachedDevice(serial, model.replace("_", " "), why)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
    return lines[-1][:200] if lines else "nothing"
