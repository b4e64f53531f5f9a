"""An Android device's facts from its own commands: model, processor, governors, temperature, battery."""

from __future__ import annotations

import re
from typing import Any

from firmware_bench.devices.adb import Adb

_PROPERTIES = {
    "model": "ro.product.model",
    "maker": "ro.product.manufacturer",
    "android": "ro.build.version.release",
    "chip": "ro.soc.model",
    "board": "ro.board.platform",
    "architecture": "ro.product.cpu.abi",
}
_GOVERNORS = "cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
_FREQUENCIES = "cat /sys/devices/system/cpu/cpu*/cpufreq/cpuinfo_max_freq"
_THERMAL_WORDS = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
_LEAST_C = -40.0
"""Sensors that are absent report less."""


def android_facts(adb: Adb, serial: str) -> dict[str, Any]:
    """Return the facts of a device that its times depend on.

    Args:
        adb: reaches the device.
        serial: names the device.

    Returns:
        `name`, `serial`, the model, maker and chip, Android's version, `cores`, `max_mhz` of each core, the
        governors, and the entries of `android_state`. An entry is None where the device does not give it.

    Raises:
        DeviceError: where the device is gone.
        ToolError: where adb does not run.
    """
    properties = parse_properties(adb.shell(serial, "getprop"))
    facts: dict[str, Any] = {name: properties.get(key) for name, key in _PROPERTIES.items()}
    maximal = _numbers(adb.shell(serial, f"{_FREQUENCIES} || true"))
    governors = _words(adb.shell(serial, f"{_GOVERNORS} || true"))
    return {
        "name": facts["model"] or serial,
        "serial": serial,
        **facts,
        "cores": len(maximal) or None,
        "max_mhz": [round(khz / 1000) for khz in maximal] or None,
        "governors": sorted(set(governors)) or None,
        **android_state(adb, serial),
    }


def android_state(adb: Adb, serial: str) -> dict[str, Any]:
    """Return the facts that change while a device is measured.

    Args:
        adb: reaches the device.
        serial: names the device.

    Returns:
        The entries of `parse_thermal` and `parse_battery`.

    Raises:
        DeviceError: where the device is gone.
        ToolError: where adb does not run.
    """
    return parse_thermal(adb.shell(serial, "dumpsys thermalservice || true")) | parse_battery(
        adb.shell(serial, "dumpsys battery || true")
    )


def parse_properties(text: str) -> dict[str, str]:
    """Return the properties in the output of `getprop`.

    Args:
        text: "[name]: [value]" a line.

    Returns:
        The values by name.
    """
    return dict(re.findall(r"^\[([^\]]+)\]: \[([^\]]*)\]\r?$", text, re.MULTILINE))


def parse_thermal(text: str) -> dict[str, Any]:
    """Return how far a device is throttled, and its live temperatures, not the cached ones.

    Args:
        text: the output of `dumpsys thermalservice`.

    Returns:
        `throttling`, a word from "none" to "shutdown", and `temperatures_c`, degrees Celsius by sensor. Each is None
        where the text does not have it.
    """
    status = re.search(r"Thermal Status: (\d+)", text)
    live = text.partition("Current temperatures from HAL:")[2].partition("Current cooling devices")[0]
    found = re.findall(r"Temperature\{mValue=(-?[\d.]+), mType=\d+, mName=([^,]+),", live)
    temperatures = {name: float(value) for value, name in found if float(value) > _LEAST_C}
    level = None if status is None else int(status[1])
    known = level is not None and level < len(_THERMAL_WORDS)
    return {
        "throttling": _THERMAL_WORDS[level] if known and level is not None else None,
        "temperatures_c": temperatures or None,
    }


def parse_battery(text: str) -> dict[str, Any]:
    """Return the state of a device's battery.

    Args:
        text: the output of `dumpsys battery`.

    Returns:
        `battery_percent` in 0..100, `battery_c` in degrees Celsius, and `charging`, each None where the text does not
        have it. Charging warms the battery.
    """
    level = re.search(r"^\s*level: (\d+)", text, re.MULTILINE)
    temperature = re.search(r"^\s*temperature: (-?\d+)", text, re.MULTILINE)
    powered = re.findall(r"^\s*(?:AC|USB|Wireless|Dock) powered: (true|false)", text, re.MULTILINE)
    return {
        "battery_percent": None if level is None else int(level[1]),
        "battery_c": None if temperature is None else int(temperature[1]) / 10,
        "charging": None if not powered else "true" in powered,
    }


def _numbers(text: str) -> list[int]:
    return [int(line) for line in text.split() if line.isdigit()]


def _words(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if re.fullmatch(r"[a-z_0-9]+", line.strip())]
