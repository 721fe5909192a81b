"""What tests/test_pyodide.py has done by Pyodide and by this Python alike; it prints one JSON document of results."""

import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import chainrule
from chainrule.cli.main import exit_code

NET = """use chainrule.layers
dim N
input x: [N, 2]
input t: int[N]
output scores = x -> dense(16) -> tanh -> dense(3, init = xavier)
loss = softmax-loss(scores, t)
data arms { x = spiral("x") ; t = spiral("t") }
train {
  minimize = loss ; optimizer = sgd(lr = 0.1) ; epochs = 3 ; data = arms ; hold_out = 0.2 ; batch = 32
  metrics = [accuracy(scores, t), top-k(scores, t, k = 2), precision(scores, t)]
}
"""


def plain(values: Any) -> Any:
    """Values as JSON holds them."""
    if hasattr(values, "items"):
        return {name: plain(value) for name, value in values.items()}
    return np.asarray(values).tolist()


def lessons() -> dict[str, Any]:
    """Outputs and gradients of the shipped specs, apart from those whose rows another package ships."""
    found = {}
    for path in sorted((Path(chainrule.__file__).parent / "specs").glob("*.graph")):
        if "dataset(" in path.read_text(encoding="utf-8"):
            continue
        program = chainrule.load(path)
        rows = program.rows(0, 4)
        found[path.stem] = {"outputs": plain({name: program.run(rows)[name] for name in program.outputs})}
        with contextlib.suppress(chainrule.SpecError):  # several outputs, of which none is what is minimised
            found[path.stem]["gradients"] = plain(program.grad(None, rows))
    return found


def trainings() -> dict[str, Any]:
    """The last report of every way to take steps."""
    return {
        f"{optimizer} {sampling} {precision} {'compiled' if optimise else 'plain'}": plain(
            chainrule.compile(NET, set={"train.optimizer": optimizer, "train.sampling": sampling})
            .train(precision=precision, optimise=optimise)
            .last
        )
        for optimizer in ("sgd(lr = 0.1)", "adam(lr = 0.01)")
        for sampling in ("shuffle", "replacement")
        for precision in ("float32", "float64")
        for optimise in (True, False)
    }


def files() -> dict[str, Any]:
    """A run that is kept, gone on with, saved and loaded again."""
    program = chainrule.compile(NET, precision="float64")
    program.train(run="first")
    rows = program.rows(0, 5)
    program.save("model.safetensors")
    loaded = [chainrule.load("first", "float64"), chainrule.load("model.safetensors", "float64")]
    program.train(resume="first")
    return {
        "same": [bool((each.predict(rows)["scores"] == program.predict(rows)["scores"]).all()) for each in loaded],
        "metrics": plain(program.evaluate()),
        "checkpoint": Path("first/checkpoint.safetensors").exists(),
    }


def verbs() -> dict[str, int]:
    """Exit codes of verbs."""
    Path("net.graph").write_text(NET, encoding="utf-8")
    Path("wrong.graph").write_text("y = x\n", encoding="utf-8")
    lines = ("run net.graph", "grad net.graph", "train net.graph --run second", "eval second", "check wrong.graph")
    codes = {}
    for line in lines:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            codes[line] = exit_code(line.split())
    return codes


def page() -> dict[str, Any]:
    """What the engine of a page answers: a lesson's numbers, faults, own rows, a training and what it predicts."""
    from chainrule.play.engine import Engine
    from chainrule.play.session import Session

    Path("own").mkdir()
    engine = Engine(Session(None, Path("."), Path("own")))
    apple = (Path(chainrule.__file__).parent / "specs" / "apple.graph").read_text(encoding="utf-8")
    rows = "a,b\n" + "".join(f"{n / 10},{n / 5 + 1}\n" for n in range(40))
    found: dict[str, Any] = {}

    def ask(verb: str, **fields: Any) -> dict[str, Any]:
        engine.take({"id": verb, "do": verb, **fields})
        said: list[dict[str, Any]] = []
        while engine.busy:
            said += engine.turn()
        found[verb] = json.loads(json.dumps(said[-1], allow_nan=False))
        return said[-1]

    ask("hello")
    for verb in ("check", "run", "walk", "draw", "fmt", "tokens"):
        ask(verb, name="apple.graph", text=apple)
    ask("complete", name="a", text="input x = 1\noutput y = sig", at=27)
    ask("hover", name="a", text="input x = 1\noutput y = exp(x)", at=24)
    spec = ask("file", name="rows.csv", text=rows)["spec"]
    ask("train", name="rows.graph", text=spec, settings={"epochs": 5})
    ask("predict", name="rows.graph", text=spec, csv="a\n1\n2\n")
    del found["train"]["summary"]["seconds"], found["hello"]["version"]  # the checkout is mounted there, not installed
    found["export"] = {"filename": ask("export", name="rows.graph", text=spec, to="python")["filename"]}
    return found


if __name__ == "__main__":
    os.environ["CHAINRULE_CACHE"] = ""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        document = {
            "platform": sys.platform,
            "bits": 8 * np.dtype(np.intp).itemsize,
            "lessons": lessons(),
            "trainings": trainings(),
            "files": files(),
            "verbs": verbs(),
            "page": page(),
        }
        os.chdir("/")
    print(json.dumps(document))
