"""What an Android device says of itself: model, processor, governors, temperature, battery."""

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
    """Raises DeviceError where the device is gone; what it does not tell is None."""
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
    """What changes while it is measured."""
    return parse_thermal(adb.shell(serial, "dumpsys thermalservice || true")) | parse_battery(
        adb.shell(serial, "dumpsys battery || true")
    )


def parse_properties(text: str) -> dict[str, str]:
    """From `getprop`: "[name]: [value]" a line."""
    return dict(re.findall(r"^\[([^\]]+)\]: \[([^\]]*)\]\r?$", text, re.MULTILINE))


def parse_thermal(text: str) -> dict[str, Any]:
    """From `dumpsys thermalservice`: how far the device is throttled, and its live temperatures, not the cached ones."""
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
    """From `dumpsys battery`: percent, degrees, and whether it is being charged (which warms it)."""
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
