"""Files of C: they compile strictly, compute what the spec computes, and no text of a spec breaks out of them."""

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from exported_c import NO_GCC, Compiled, differences_of, passes_its_test

import chainrule

ROOT = Path(__file__).parent.parent.parent
SPECS = ROOT / "specs"
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason=NO_GCC)


@needs_gcc
@pytest.mark.parametrize("spec", ["xor", "iris", "dropout"])
def test_a_file_computes_and_trains_the_same(spec: str, tmp_path: Path) -> None:
    """All of specs/, and what lies in memory, is tried by `benchmarks/exported_c.py`."""
    found = differences_of(partial(chainrule.load, SPECS / f"{spec}.graph"), tmp_path, 10)
    assert all(apart <= found.limits[what] for what, apart in found.worst.items()), found.worst


HOSTILE = r'''chainrule 1 "a \\ title with ' and */ in it ??/"
dim class, double
## doc with """ and \ and */ and ??/ and /* \
input int: [class, 3] = [[1, 2, 3], [4, 5, 6]]
input main: int[class] = [0, 1]
input exp = 2
input memory = 3
input i = 1
input sum = 1.5
input loss = 0.5
input d = 2
param restrict: [3, 4] = he()
param 오차: [4] = zeros()
param δh1: [4] = ones()
param volatile = 0.5
w₁ = int @ restrict + 오차
sigmoid_ = sigmoid(w₁ * exp)
product = sigmoid_ + δh1 * volatile * memory * i * sum
uniform = product * d + loss
softmax_loss = softmax-loss(uniform, main)
output result = softmax_loss
output predict = uniform
train { minimize = softmax_loss; optimizer = adam(lr = 0.1); steps = 3 }
'''


@needs_gcc
def test_names_and_texts_cannot_break_out(tmp_path: Path) -> None:
    program = chainrule.compile(HOSTILE, "float64")
    program.classes = {"main": ('a "quote" \\', "*/ ??/ 하나\n")}
    program.export(tmp_path / "net.c", train_step=True, main=True)
    passes_its_test(tmp_path / "net.c")
    text = (tmp_path / "net.c").read_text("utf-8")
    assert '"a \\"quote\\" \\\\"' in text.replace("\\042", '\\"').replace("\\134", "\\\\")


@needs_gcc
def test_two_nets_in_one_program(tmp_path: Path) -> None:
    for prefix in ("one", "two"):
        chainrule.load(SPECS / "xor.graph").export(tmp_path / f"{prefix}.c", train_step=True)
    (tmp_path / "main.c").write_text(
        '#include "one.h"\n#include "two.h"\nint main(void)\n{\n    float x[2] = {0, 1}, y[1], z[1];\n'
        "    one_predict(x, y);\n    two_predict(x, z);\n    return y[0] != z[0];\n}\n",
        "utf-8",
    )
    subprocess.run(
        ["gcc", "-std=c99", *(tmp_path / name for name in ("one.c", "two.c", "main.c")), "-o", tmp_path / "a", "-lm"],
        check=True,
    )
    assert subprocess.run([tmp_path / "a"], check=False).returncode == 0


@needs_gcc
def test_a_class_that_does_not_exist_changes_nothing(tmp_path: Path) -> None:
    program = chainrule.load(SPECS / "iris.graph")
    program.export(tmp_path / "net.c", train_step=True)
    net = Compiled(tmp_path / "net.c")
    before = net.held("params")
    argument = next(name for *_, name in net.arguments["train_step"] if name != "x")
    loss, _ = net.call("train_step", {"x": [[1, 2, 3, 4]], argument: [3]}, {})
    assert loss != loss
    assert all((value == before[path]).all() for path, value in net.held("params").items())


def test_a_file_is_the_same_each_time_and_needs_no_memory_but_its_own() -> None:
    program = chainrule.load(SPECS / "lenet.graph")
    first, second = (program.exported("c").text for _ in range(2))
    assert first == second
    assert not re.search(r"\b(malloc|calloc|alloca|printf|float\s+\w+\[n\])\b", first)
    assert set(re.findall(r"#include (\S+)", first)) == {"<math.h>", "<stdint.h>"}


def test_values_share_memory_by_their_lifetimes() -> None:
    lines = "\n".join(f"h{number + 1} = tanh(h{number} @ W)" for number in range(20))
    text = f"input h0: [1, 100]\nparam W: [100, 100] = he()\n{lines}\noutput y = h20 * 2\n"
    made = chainrule.compile(text).exported("c").text
    found = re.search(r"static float memory\[(\d+)\]", made)
    assert found is not None
    assert int(found[1]) <= 300


@needs_gcc
def test_a_lazy_step_changes_the_rows_that_are_read(tmp_path: Path) -> None:
    text = """
    dim N
    input x: int[N] = [1, 1, 3]
    param E: [6, 2] = normal()
    loss = mean(take(E, x) ** 2)
    train { minimize = loss; optimizer = adam(lr = 0.1, lazy = true); steps = 4 }
    """

    def load(precision: Any, training: bool) -> chainrule.Program:
        return chainrule.compile(text, precision, training=training)

    found = differences_of(load, tmp_path, 3)
    assert all(apart <= found.limits[what] for what, apart in found.worst.items()), found.worst


@needs_gcc
def test_params_may_have_the_names_of_functions(tmp_path: Path) -> None:
    names = ("predict", "inputs", "answer", "params", "training", "row_t", "classes_t")
    params = "\n".join(f"param {name} = {number}.5" for number, name in enumerate(names))
    program = chainrule.compile(f"input t: int = 1\n{params}\noutput y = take([1.0, 2.0], t) + {' * '.join(names)}\n")
    program.classes = {"t": ("a", "b")}
    program.export(tmp_path / "net.c", main=True)
    passes_its_test(tmp_path / "net.c")
