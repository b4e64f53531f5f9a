"""The facts of this machine that its times depend on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_CPUINFO = Path("/proc/cpuinfo")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_PACKAGES = ("softdeca", "numpy", "torch", "ai-edge-litert", "onnxruntime")


def device_facts() -> dict[str, Any]:
    """Return the facts of this machine: processor, cores, governor, load, and the versions of the software that runs.

    Returns:
        `cores` counts the ones that this process may use, `load_before` is the load average of one minute. An entry is
        None where the system does not give it.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "name": processor(),
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "cores": cores,
        "governor": _GOVERNOR.read_text(encoding="utf-8").strip() if _GOVERNOR.exists() else None,
        "load_before": None if load is None else round(load, 2),
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def processor() -> str:
    """Return the processor's name.

    Returns:
        The model's name in /proc/cpuinfo, else the one that Python finds, else the architecture.
    """
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
