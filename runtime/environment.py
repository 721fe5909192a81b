"""What the bits of a training hang on besides the spec and the data: versions, kernels, threads."""

import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from threadpoolctl import threadpool_info


def versions() -> dict[str, str]:
    """Versions of what computes."""
    try:
        own = version("chainrule")
    except PackageNotFoundError:  # run from a checkout that is not installed
        own = "unknown"
    return {"chainrule": own, "python": platform.python_version(), "numpy": np.__version__}


def blas() -> list[dict[str, object]]:
    """The libraries of matrix products in this process: name, version, kernels, threads."""
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
