"""What this machine is, and whether it is at rest."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import openvino as ov

from acutance.bench.results import Machine

_PACKAGES = ("acutance", "openvino", "onnxruntime", "onnxruntime-gpu", "numpy", "av")
_INSTRUCTION_SETS = (
    *("avx2", "avx_vnni", "avx512f", "avx512_bf16", "avx512_fp16", "avx512_vnni", "amx_bf16", "amx_int8"),
    *("asimddp", "bf16", "i8mm", "sve", "sve2", "sme"),
)
_BUSY = 0.5


def describe_machine(device: str) -> Machine:
    """Return what there is to say of this machine; its name and its user are not among it.

    Args:
        device: OpenVINO's name of the device that is measured, empty where it is not OpenVINO's.
    """
    core = ov.Core()
    other = device not in ("", "CPU") and device in core.available_devices
    return Machine(
        processor=str(core.get_property("CPU", "FULL_DEVICE_NAME")).strip(),
        instruction_sets=_instruction_sets(core),
        cores=usable_cores(),
        memory_gb=_memory_gb(),
        system=f"{platform.system()} {platform.machine()}",
        accelerator=str(core.get_property(device, "FULL_DEVICE_NAME")) if other else None,
        versions={"python": platform.python_version(), **_versions()},
    )


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def load_average() -> float | None:
    """Return how many processes ran on average in the last minute, None where the system does not tell."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def busy_note(load: float | None) -> str | None:
    """Return what to say where something else is running, None where nothing seems to be."""
    if load is None or load < _BUSY:
        return None
    return (
        f"the load average is {load:g}: something else is running, and times come out longer; ratios of what "
        "is timed in turn suffer less"
    )


def peak_memory_mb() -> float | None:
    """Return the largest resident size of this process so far, in 10⁶ bytes; None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # not ru_maxrss, which counts the process that started this one
        told = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return round(int(told[0]) * 1024 / 1e6, 1) if told else None
    if sys.platform == "darwin":
        import resource

        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 1)
    return None


def _instruction_sets(core: ov.Core) -> tuple[str, ...]:
    listing = Path("/proc/cpuinfo")
    if not listing.exists():
        return tuple(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    flags = {
        flag
        for line in listing.read_text().splitlines()
        if line.lower().startswith(("flags", "features"))
        for flag in line.partition(":")[2].split()
    }
    return tuple(name for name in _INSTRUCTION_SETS if name in flags)


def _memory_gb() -> float | None:
    if sys.platform == "win32":
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
