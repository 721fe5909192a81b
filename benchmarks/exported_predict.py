"""How long an exported `predict` takes for one row, beside numpy and onnxruntime: one thread each, all in one run.

    python benchmarks/exported_predict.py           # mnist; needs gcc and the extra `onnx` with onnxruntime
    python benchmarks/exported_predict.py iris

C is a program of its own that times its calls; numpy is the exported file of Python, which computes in float64, and the
same layers written by hand in float32. Rounds go round all of them, so that all see the same weather. The best of the
rounds is shown.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy is loaded
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import importlib.util  # noqa: E402  # numpy reads the environment when it is loaded
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402

import chainrule  # noqa: E402

ROOT = Path(__file__).parent.parent
CALLS, ROUNDS = 3000, 15
OPTIONS = {"C -O2": ("-O2",), "C -O3": ("-O3",), "C -O3 -march=native": ("-O3", "-march=native")}

TIMED = """
#define _POSIX_C_SOURCE 199309L
#include "net.h"
#include <stdio.h>
#include <time.h>
static float x[SIZE] = {ROW}, y[COUNT];
int main(void)
{
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int call = 0; call < CALLS; call++) {
        x[call % SIZE] += 1e-9f; /* so that no call can be left out */
        net_predict(x, y);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    const double micro = (double)(ended.tv_sec - began.tv_sec) * 1e6 + (double)(ended.tv_nsec - began.tv_nsec) / 1e3;
    printf("%g\\n", micro / CALLS);
    for (int each = 0; each < COUNT; each++)
        printf("%.9g\\n", (double)y[each]);
    return 0;
}
"""


def programs(program: chainrule.Program, row: Any, count: int, folder: Path) -> dict[str, Callable[[], float]]:
    """By name what measures the microseconds of a call."""
    output = program.outputs[0]
    expected = program.run(x=row)[output]
    program.export(folder / "net.c")
    text = TIMED.replace("ROW", ", ".join(f"{each:.9g}f" if "." in f"{each:.9g}" else f"{each:.9g}" for each in row[0]))
    text = text.replace("SIZE", str(row.size)).replace("COUNT", str(count)).replace("CALLS", str(CALLS))
    (folder / "main.c").write_text(text, "utf-8")
    found: dict[str, Callable[[], float]] = {}
    for number, (name, options) in enumerate(OPTIONS.items()):
        out = folder / f"net{number}"
        subprocess.run(["gcc", "-std=c99", *options, "main.c", "net.c", "-lm", "-o", out], cwd=folder, check=True)
        said = subprocess.run([out], check=True, capture_output=True, text=True).stdout.split()
        np.testing.assert_allclose(np.array(said[1:], float), expected[0], rtol=0, atol=1e-4)
        found[name] = lambda out=out: float(
            subprocess.run([out], check=True, capture_output=True, text=True).stdout.split()[0]
        )
    program.export(folder / "net.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "net.onnx", options)
    calls: dict[str, Callable[[], Any]] = {"onnxruntime": lambda: session.run(None, {"x": row})[0]}
    program.export(folder / "net.py")
    specification = importlib.util.spec_from_file_location("net", folder / "net.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    held = module.initial()
    calls["numpy, the exported file in float64"] = lambda: module.predict(held, row)[output]
    by_hand = layers({name: value.astype(np.float32) for name, value in held.items()}, row)
    if by_hand is not None:
        calls["numpy, by hand"] = by_hand
    for name, call in calls.items():
        np.testing.assert_allclose(call(), expected, rtol=0, atol=1e-4)
        found[name] = lambda call=call: timed(call)
    return found


def layers(held: dict[str, Any], row: Any) -> Callable[[], Any] | None:
    """Layers of relu, as a person writes them; None of a net that has others."""
    if not all(name.startswith("fc") for name in held):
        return None
    *inner, (last, offset) = zip(list(held.values())[::2], list(held.values())[1::2], strict=True)

    def call() -> Any:
        h = row
        for weights, bias in inner:
            h = np.maximum(h @ weights + bias, 0)
        return h @ last + offset

    return call


def timed(call: Callable[[], Any]) -> float:
    """Microseconds of a call."""
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS * 1e6


def main(name: str = "mnist") -> int:
    """The best of all rounds, and what share of the better one of the others C takes."""
    program = chainrule.load(ROOT / "specs" / f"{name}.graph", "float32")
    row = program.rows(0, 1)["x"].astype(np.float32)
    count = int(np.size(program.run(x=row)[program.outputs[0]]))
    with tempfile.TemporaryDirectory() as folder:
        measured = programs(program, row, count, Path(folder))
        best = dict.fromkeys(measured, np.inf)
        for _ in range(ROUNDS):
            for each, measure in measured.items():
                best[each] = min(best[each], measure())
    better = min(value for each, value in best.items() if not each.startswith("C "))
    for each, value in best.items():
        print(f"{each}: {value:.2f} us, {value / better:.2f} of the better")
    return 0 if best["C -O3"] <= better else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
