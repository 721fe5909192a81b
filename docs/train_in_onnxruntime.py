"""Trains iris.onnx in onnxruntime: chainrule export specs/iris.graph --train-step --out iris.onnx"""

import sys

import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(3)  # else it says that weights are inputs, which they are meant to be
flowers = np.loadtxt(sys.argv[2], str, delimiter=",", skiprows=1)  # specs/data/iris.csv
x, t = flowers[:, :4].astype(np.float32), np.unique(flowers[:, 4], return_inverse=True)[1]
session = onnxruntime.InferenceSession(sys.argv[1])
names = [output.name for output in session.get_outputs() if output.name.startswith("next ")]
state: dict[str, np.ndarray] = {}
for rows in np.random.default_rng(0).integers(len(x), size=(1000, 30)):
    found = session.run(names, {"x": x[rows], "t": t[rows], **state})
    state = {name.removeprefix("next "): value for name, value in zip(names, found, strict=True)}
print(f"loss {session.run(['loss'], {'x': x, 't': t, **state})[0]:.3f}")
