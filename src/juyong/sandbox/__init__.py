"""Runs foreign Python code in a process of its own that can reach nothing of the platform."""

from juyong.sandbox.children import stop_all
from juyong.sandbox.job import Busy, Failed, Grant, Job, Outcome, Returned, SandboxUnavailable
from juyong.sandbox.package import (
    BadPackage,
    Package,
    PackageLimits,
    ZipPackage,
    check_package,
    entries_of,
)
from juyong.sandbox.runner import probe, run

__all__ = [
    "BadPackage",
    "Busy",
    "Failed",
    "Grant",
    "Job",
    "Outcome",
    "Package",
    "PackageLimits",
    "Returned",
    "SandboxUnavailable",
    "ZipPackage",
    "check_package",
    "entries_of",
    "probe",
    "run",
    "stop_all",
]
