"""Nets with a memory of their own: optimised steps have the plain executor's bits, and a kill leaves no trace."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.runtime.training.train import Callback, Training

IMAGES = """input x: [N, 1, 10, 10]
input t: int[N]
maps = x -> conv2d(3, 3, padding = 1) -> batch_norm -> relu -> max_pool(2) -> conv2d(4, 3) -> relu
loss = softmax-loss(maps -> flatten -> dense(8) -> relu -> dropout(0.3) -> dense(5), t)
"""
SEQUENCES = """input x: [N, 4, 3]
input t: int[N, 4]
loss = softmax-loss(x -> lstm(6) -> dense(5), t)
"""
WORDS = """input x: int[N, 2]
input t: int[N]
loss = softmax-loss(embedding(x, 30, 4) -> mean(axis = 1) -> dense(5), t)
"""
TRAIN = "train {{ minimize = loss ; optimizer = {} ; epochs = 2 ; batch = 10 }}\n"
NETS = {
    "images": (IMAGES, "adam(lr = 0.01)"),
    "sequences": (SEQUENCES, "momentum(lr = 0.1, clip_norm = 1)"),
    "words": (WORDS, "adam(lr = 0.05, lazy = true)"),
}


def rows(name: str, count: int = 15) -> dict[str, Any]:
    random = np.random.default_rng(0)
    shape = {"images": (1, 10, 10), "sequences": (4, 3)}.get(name, ())
    x = random.normal(size=(count, *shape)) if shape else random.integers(30, size=(count, 2))
    return {"x": x, "t": random.integers(5, size=(count, 4) if name == "sequences" else count)}


class KilledError(Exception):
    """What a kill is played by."""


class After(Callback):
    def __init__(self, step: int) -> None:
        self._step = step

    def stepped(self, training: Training) -> None:
        if training.step == self._step:
            raise KilledError


@pytest.mark.parametrize("name", NETS)
def test_optimised_plain_and_resumed_are_one(name: str, tmp_path: Path) -> None:
    net, optimizer = NETS[name]
    text = f"use chainrule.layers\ndim N\n{net}{TRAIN.format(optimizer)}"

    def trained(folder: str, **given: Any) -> dict[str, bytes]:
        program = chainrule.compile(text, precision="float32")
        program.train(tmp_path / folder, **given, **rows(name))
        return {path: value.tobytes() for path, value in {**program.params, **program.states}.items()}

    whole = trained("whole")
    assert trained("plain", optimise=False) == whole
    with pytest.raises(KilledError):
        trained("cut", callbacks=[After(3)], checkpoint_every=2)
    program = chainrule.compile(text, precision="float32")
    program.train(resume=tmp_path / "cut", checkpoint_every=2, **rows(name))
    assert {path: value.tobytes() for path, value in {**program.params, **program.states}.items()} == whole
    assert (tmp_path / "cut" / "model.safetensors").read_bytes() == (
        tmp_path / "whole" / "model.safetensors"
    ).read_bytes()
