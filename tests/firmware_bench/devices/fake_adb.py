"""An `adb` that replays what devices say: a Python script in a folder of its own, and its transcripts.

A device may go away after some number of commands; every command is written down.
"""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

PROPERTIES = """[ro.board.platform]: [{board}]
[ro.build.version.release]: [15]
[ro.product.cpu.abi]: [arm64-v8a]
[ro.product.manufacturer]: [{maker}]
[ro.product.model]: [{model}]
[ro.soc.model]: [{chip}]
[sys.boot_completed]: [1]
"""
THERMAL = """IsStatusOverride: false
ThermalEventListeners:
\tcallbacks: 3
Thermal Status: {status}
Cached temperatures:
\tTemperature{{mValue=99.0, mType=3, mName=cached-skin, mStatus=0}}
HAL Ready: true
HAL connection:
\tThermalHAL AIDL 2  connected: yes
Current temperatures from HAL:
\tTemperature{{mValue=41.2, mType=0, mName=BIG, mStatus=0}}
\tTemperature{{mValue=33.53, mType=3, mName=VIRTUAL-SKIN, mStatus=0}}
\tTemperature{{mValue=-99.9, mType=6, mName=absent, mStatus=0}}
Current cooling devices from HAL:
\tCoolingDevice{{mValue=0, mType=2, mName=thermal-cpufreq-0}}
"""
BATTERY = """Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Dock powered: false
  Max charging current: 500000
  status: 2
  level: 83
  scale: 100
  voltage: 4210
  temperature: 294
  technology: Li-ion
"""
BENCHMARK = """INFO: STARTING!
INFO: Log parameter values verbosely: [0]
INFO: Min num runs: [200]
INFO: Num threads: [1]
INFO: Graph: [/data/local/tmp/softdeca-bench/network.tflite]
INFO: Signature to run: [run]
INFO: Loaded model /data/local/tmp/softdeca-bench/network.tflite
INFO: Initialized TensorFlow Lite runtime.
INFO: Created TensorFlow Lite XNNPACK delegate for CPU.
INFO: The input model file size (MB): 12.6
INFO: Initialized session in 4.21ms.
INFO: Running benchmark for at least 50 iterations and at least 0.5 seconds but terminate if exceeding 40 seconds.
INFO: count=1204 first=1802 curr=401 min=380 max=1802 avg=409.9 std=60 p5=388 median=402 p95=455

INFO: Running benchmark for at least 200 iterations and at least 10 seconds but terminate if exceeding 40 seconds.
INFO: count=24731 first=399 curr=402 min=379 max=2290 avg=403.812 std=31 p5=386 median={median} p95=431

INFO: Inference timings in us: Init: 4210, First inference: 1802, Warmup (avg): 409.9, Inference (avg): 403.812
INFO: Note: as the benchmark tool itself affects memory footprint, the following is only APPROXIMATE to the actual \
memory footprint of the model at runtime. Take the information at your discretion.
INFO: Memory footprint delta from the start of the tool (MB): init=12.9 overall=14.3
"""


def device(
    serial: str,
    model: str,
    *,
    state: str = "device",
    goes_after: int | None = None,
    median_us: int = 400,
    thermal_status: int = 0,
    benchmark: str | None = None,
) -> dict:
    """One attached device and its answers to shell commands, by what they begin with."""
    words = {"board": "gs101", "maker": "Google", "model": model, "chip": "Tensor"}
    return {
        "serial": serial,
        "line": f"{serial:22} {state} usb:1-1 product:x model:{model.replace(' ', '_')} device:x transport_id:1",
        "goes_after": goes_after,
        "answers": {
            "getprop": PROPERTIES.format(**words),
            "cat /sys/devices/system/cpu/cpu*/cpufreq/cpuinfo_max_freq": "1803000\n" * 4 + "2802000\n" * 2,
            "cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor": "sched_pixel\n" * 6,
            "dumpsys thermalservice": THERMAL.format(status=thermal_status),
            "dumpsys battery": BATTERY,
            "mkdir": "",
            "chmod": "",
            "rm": "",
            "/data/local/tmp/softdeca-bench/benchmark_model": benchmark or BENCHMARK.format(median=median_us),
        },
    }


SCRIPT = """#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
arguments = sys.argv[1:]
with (folder / "commands").open("a") as log:
    log.write(json.dumps(arguments) + "\\n")
plan = json.loads((folder / "plan.json").read_text())
if arguments[:1] == ["devices"]:
    print(plan["head"])
    for one in plan["devices"]:
        print(one["line"])
    sys.exit(plan["status"])
serial = arguments[1]
one = next((one for one in plan["devices"] if one["serial"] == serial), None)
mark = folder / ("count-" + serial)
done = int(mark.read_text()) if mark.exists() else 0
mark.write_text(str(done + 1))
if one is None or (one["goes_after"] is not None and done >= one["goes_after"]):
    print("adb: device '" + serial + "' not found", file=sys.stderr)
    sys.exit(1)
if arguments[2] == "push":
    print(arguments[3] + ": 1 file pushed, 0 skipped. 30.1 MB/s (1 bytes in 0.1s)")
    sys.exit(0)
answer = next((text for start, text in one["answers"].items() if arguments[3].startswith(start)), None)
if answer is None:
    print("/system/bin/sh: " + arguments[3].split()[0] + ": inaccessible or not found")
    sys.exit(127)
sys.stdout.write(answer)
"""


class FakeAdb:
    """The program's `path`, and the `commands` it was given."""

    def __init__(
        self, folder: Path, devices: list[dict], head: str = "List of devices attached", status: int = 0
    ) -> None:
        self._folder = folder
        (folder / "plan.json").write_text(json.dumps({"head": head, "devices": devices, "status": status}))
        self.path = folder / "adb"
        self.path.write_text(SCRIPT.format(python=sys.executable, folder=str(folder)))
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    @property
    def commands(self) -> list[list[str]]:
        lines = (self._folder / "commands").read_text().splitlines()
        return [json.loads(line) for line in lines]
