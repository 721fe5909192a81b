"""What the bits of a training hang on besides the spec and the data: versions, kernels, threads."""

import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..steps.blas import HAS_CTYPES


def versions() -> dict[str, str]:
    """Versions of what computes."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and only runs that are kept ask for it

    try:
        own = version("chainrule")
    except PackageNotFoundError:  # run from a checkout that is not installed
        own = "unknown"
    return {"chainrule": own, "python": platform.python_version(), "numpy": np.__version__}


NAMES = {"library": "BLAS", "version": "BLAS version", "kernels": "BLAS kernels", "threads": "BLAS threads"}


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """How two environments, each `environment()` and how `steps` are taken, differ: `numpy 2.3.1, was 2.2.0`.

    Only what can change the bits of a training counts. Raises KeyError or TypeError for anything else.
    """
    found = []
    for name in ("chainrule", "numpy"):
        old, new = before["versions"][name], now["versions"][name]
        if old != new:
            found.append(f"{name} {new}, was {old}")
    for old, new in zip(before["blas"][:1], now["blas"][:1], strict=False):
        found += [f"{NAMES[key]} {new[key]}, was {old[key]}" for key in NAMES if old[key] != new[key]]
    if before["steps"] != now["steps"]:
        found.append(f"{now['steps']} steps, were {before['steps']}")
    return found


def environment() -> dict[str, Any]:
    """Versions and the BLAS, as a run keeps them."""
    return {"versions": versions(), "blas": blas()}


def blas() -> list[dict[str, object]]:
    """The libraries of matrix products in this process: name, version, kernels, threads."""
    if not HAS_CTYPES:
        return []
    from threadpoolctl import threadpool_info  # it needs ctypes

    return [
        {
            "library": library["internal_api"],
            "version": library["version"],
            "kernels": library.get("architecture"),
            "threads": library["num_threads"],
        }
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]
