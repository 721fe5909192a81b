"""How many files of the package a reader meets who follows one spec: those in which a function is called.

    python benchmarks/files_met.py [-v]

One small net is compiled, for the first time and again (what records and tables are made of is then there), and takes
its first step and a later one. `-v` names the files, and the functions that are called in each.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeVar

import numpy as np

import chainrule

ROOT = f"{Path(chainrule.__file__).parent}{os.sep}"
ROOMS = ("grammar", "compiler", "runtime", "views", "program", "cli")
NET = """dim N
input x: [N, 4]
input t: int[N]
param W1: [4, 5] = he()
param b1: [5] = zeros()
param W2: [5, 3] = he()
param b2: [3] = zeros()
output scores = affine(relu(affine(x, W1, b1)), W2, b2)
output loss = softmax-loss(scores, t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 10 ; seed = 3 }
"""
Result = TypeVar("Result")


def met(function: Callable[[], Result]) -> tuple[Result, dict[str, set[str]]]:
    """What a function gives, and the functions that were called on the way, by file."""
    called: dict[str, set[str]] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        name = code.co_filename.removeprefix(ROOT)
        if event == "call" and name.startswith(ROOMS) and code.co_name != "<module>":
            called.setdefault(name, set()).add(code.co_name)

    sys.setprofile(note)
    try:
        return function(), called
    finally:
        sys.setprofile(None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", "--verbose", action="store_true", help="name the files")
    options = parser.parse_args()
    rows = {"x": np.ones((2, 4)), "t": np.array([0, 1])}
    figures = {}
    _, figures["compile, first time"] = met(lambda: chainrule.compile(NET))
    program, figures["compile"] = met(lambda: chainrule.compile(NET))
    trainer = program.trainer()
    _, figures["first step"] = met(lambda: trainer.step(**rows))
    _, figures["later step"] = met(lambda: trainer.step(**rows))
    for what, files in figures.items():
        print(f"{what}: {len(files)} files")
        for name in sorted(files) if options.verbose else ():
            print(f"  {name}: {', '.join(sorted(files[name]))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
