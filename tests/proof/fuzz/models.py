"""Model files: those that trainings end with, then damaged, or forged with sums that are right."""

import json
import os
import random
from typing import Any

import numpy as np
from safetensors.numpy import load

import chainrule
from chainrule.grammar.render import render
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.fields import Unfit
from chainrule.runtime.runs.tensor_file import CHECKSUM, KEY, RECORD_CHECKSUM, encode

from .damage import damaged
from .trying import scratch_folder

SPECS = (
    """dim N
input x: [N, 2]
input t: int[N]
param W: [2, 2] = normal()
output scores = x @ W
loss = softmax-loss(scores, t)
data rows { x = csv("rows.csv", ["a", "b"]) ; t = csv("rows.csv", "name") }
train { data = rows ; minimize = loss ; optimizer = adam() ; epochs = 1 ; batch = 2 }
""",
    """use chainrule.layers
dim N
const width = 3
input x: [N, 2]
input t: [N, 1]
state seen: [2] = zeros()
next seen = 0.9 * seen + 0.1 * mean(x, axis = 0)
output y = x - seen -> dense(width) as first -> dropout(0.5) -> dense(1)
loss = mse(y, t)
data rows { x = standardize(csv("rows.csv", ["a", "b"])) ; t = fill(csv("rows.csv", ["c"]), median) }
train {
  data = rows ; minimize = loss ; optimizer = momentum(lr = 0.1) ; epochs = 1
  groups = [group("first.b", frozen = true)]
}
""",
)
ROWS = "a,b,c,name\n1,2,3,yes\n2,1,,no\n0,1,4,no\n5,6,1,yes\n"
INSTEAD = (None, True, False, -1, 0, 1, 2, 0.5, 2**62, 10**400, 1e308, "", "x", "nonsense", "[0]", [], {}, [1], ["a"],
           [[1.0]], {"x": 1}, "float32", "../..", "a = 1\n", "mean", "ᄀ")  # fmt: skip


class Models:
    """What loads a model, and predicts with it."""

    suffix = ".safetensors"

    def __init__(self) -> None:
        os.environ["CHAINRULE_CACHE"] = ""
        folder = scratch_folder()
        self.path = folder / "model.safetensors"
        (folder / "rows.csv").write_text(ROWS)
        self.files: list[bytes] = []
        for text in SPECS:
            program = chainrule.compile(text, folder=folder)
            program.train()
            program.save(self.path)
            self.files.append(self.path.read_bytes())

    def make(self, chosen: random.Random) -> bytes:
        data = chosen.choice(self.files)
        if chosen.random() < 0.25:
            for _ in range(chosen.choice((1, 1, 2, 4))):
                data = damaged(data, chosen)
            return data
        tensors, record = load(data), record_in(data)
        for _ in range(chosen.choice((0, 1, 1, 1, 2))):
            forge(record, chosen)
        for _ in range(chosen.choice((0, 0, 1))):
            exchange(tensors, chosen)
        try:
            return encode(tensors, record)
        except (ValueError, TypeError, Unfit):  # nothing that a file could hold
            return data

    def hold(self, data: bytes) -> str:
        self.path.write_bytes(data)
        try:
            program = chainrule.load(self.path)
            program.predict(x=[[0.5, 1.0], [2.0, 3.0]])
        except SpecError as error:
            for diagnostic in error.diagnostics:
                render(diagnostic)
            return "refused"
        return "predicts"


def record_in(data: bytes) -> Any:
    """What a model file says in JSON, but for its sums."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    record = json.loads(header["__metadata__"][KEY])
    return {name: value for name, value in record.items() if name not in (CHECKSUM, RECORD_CHECKSUM)}


def forge(record: Any, chosen: random.Random) -> None:
    """One place of a record holds something else, is gone, or there is one more; texts are damaged as texts."""
    places, work = [], [record]
    while work:
        holder = work.pop()
        keys = list(range(len(holder))) if isinstance(holder, list) else list(holder)
        places += [(holder, key) for key in keys]
        work += [holder[key] for key in keys if isinstance(holder[key], list | dict)]
    holder, key = chosen.choice(places)
    way = chosen.randrange(5)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder[key], str):
        holder[key] = damaged(holder[key].encode(), chosen).decode("utf-8", "replace")
    elif way == 2 and isinstance(holder, dict):
        holder[chosen.choice(("more", "", "spec", str(key)))] = chosen.choice(INSTEAD)
    elif way == 3:
        other, name = chosen.choice(places)
        if isinstance(other, list) or name in other:
            holder[key] = json.loads(json.dumps(other[name])) if isinstance(other, dict) else chosen.choice(INSTEAD)
    else:
        holder[key] = chosen.choice(INSTEAD)


def exchange(tensors: dict[str, Any], chosen: random.Random) -> None:
    """One tensor is gone, is of another type or shape, holds other numbers, or has another name."""
    name = chosen.choice(sorted(tensors))
    array = tensors[name]
    way = chosen.randrange(6)
    if way == 0:
        del tensors[name]
    elif way == 1:
        tensors[name] = array.astype(chosen.choice(("float64", "float32", "int64", "bool", "float16", "uint8")))
    elif way == 2:
        tensors[name] = np.zeros(chosen.choice(((), (0,), (1,), (2, 2), (2, 3, 1))), array.dtype)
    elif way == 3:
        tensors[name] = np.full_like(array, chosen.choice((np.nan, np.inf, 1e30, -0.0)))
    elif way == 4:
        tensors[chosen.choice(("x", "loss", "é", "", name + ".W"))] = tensors.pop(name)
    else:
        tensors["more"] = array
