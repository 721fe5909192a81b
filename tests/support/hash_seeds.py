"""Programs that are to say the same whatever Python hashes texts to."""

import os
import subprocess
import sys
from collections.abc import Sequence


def said_under_hash_seeds(program: str, seeds: Sequence[str] = ("0", "1", "2")) -> set[str]:
    """What a program prints in processes with other seeds of hashes: one text, if all is well."""
    return {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in seeds
    }
