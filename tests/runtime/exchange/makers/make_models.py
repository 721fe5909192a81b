"""Makes the models in tests/runtime/exchange/models: nets of other tools, with rows and what they predict for them.

    python tests/runtime/exchange/makers/make_models.py FOLDER [NAME ...]

It needs torch, onnxscript, scikit-learn, skl2onnx and Keras; each name needs its own tool alone.
"""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np


def torch_net(folder: Path, name: str) -> None:
    """`mlp` and `cnn` as scripts are traced, `batch-norm` and `layers` through torch.export."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    pictures = torch.randn(5, 1, 8, 8)
    net, rows = {
        "mlp": lambda: (nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(1)), torch.randn(5, 4)),
        "cnn": lambda: (
            nn.Sequential(
                nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.LeakyReLU(),
                nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3),
            ),
            pictures,
        ),
        "batch-norm": lambda: (
            nn.Sequential(
                nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 4), nn.BatchNorm1d(4),
                nn.GELU(), nn.LayerNorm(4), nn.Linear(4, 2),
            ),
            pictures,
        ),
        "layers": lambda: (attention_layers(), torch.randn(5, 6, 8)),
    }[name]()  # fmt: skip
    if name == "batch-norm":
        for _ in range(3):
            net(torch.randn(16, 1, 8, 8))
    net.eval()
    path = folder / f"torch-{name}.onnx"
    if name in ("batch-norm", "layers"):
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(net, (rows,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, verbose=False)
    else:
        torch.onnx.export(net, (rows,), path, dynamo=False, input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "batch"}})  # fmt: skip
    keep(path, rows.numpy(), net(rows).detach().numpy())


def attention_layers() -> Any:
    """Three layers of attention, of the same form and with other weights, a mask that all of them share, and a head."""
    import torch
    from torch import nn

    class Layer(nn.Module):  # type: ignore[misc]  # Any where PyTorch is absent
        def __init__(self) -> None:
            super().__init__()
            self.calm, self.still = nn.LayerNorm(8), nn.LayerNorm(8)
            self.query, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))
            self.thought = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
            for norm in (self.calm, self.still):
                nn.init.normal_(norm.weight, 1, 0.1), nn.init.normal_(norm.bias)

        def forward(self, x: Any, mask: Any) -> Any:
            calm = self.calm(x)
            heads = (
                part(calm).view(x.shape[0], 6, 2, 4).transpose(1, 2) for part in (self.query, self.key, self.value)
            )
            query, key, value = heads
            found = torch.softmax(query @ key.transpose(-1, -2) / 2 + mask, -1) @ value
            looked = x + self.out(found.transpose(1, 2).reshape(x.shape))
            return looked + self.thought(self.still(looked))

    class Net(nn.Module):  # type: ignore[misc]  # Any where PyTorch is absent
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([Layer() for _ in range(3)])
            self.head = nn.Linear(8, 5)
            self.register_buffer("mask", torch.triu(torch.full((6, 6), -1e4), 1))

        def forward(self, x: Any) -> Any:
            for layer in self.layers:
                x = layer(x, self.mask)
            return self.head(x)

    return Net()


def sklearn_net(folder: Path, name: str) -> None:
    """A net behind a scaler, on iris, with names of classes."""
    from skl2onnx import to_onnx
    from sklearn.datasets import load_iris
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    flowers = load_iris()
    x = flowers.data.astype(np.float32)
    net = make_pipeline(StandardScaler(), MLPClassifier((10,), max_iter=200, random_state=0))
    net.fit(x, flowers.target_names[flowers.target])
    path = folder / f"sklearn-{name}.onnx"
    path.write_bytes(to_onnx(net, x[:1], options={id(net): {"zipmap": False}}).SerializeToString())
    rows = x[::15]
    labels = np.searchsorted(net.classes_, net.predict(rows))
    keep(path, rows, labels, net.predict_proba(rows))


def keras_net(folder: Path, name: str) -> None:
    """A net of two layers."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    net = keras.Sequential([layers.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3, "softmax")])
    rows = np.random.default_rng(0).random((5, 4), np.float32)
    path = folder / f"keras-{name}.onnx"
    predicted = net.predict(rows, verbose=0)
    net.export(path, format="onnx", verbose=False)
    keep(path, rows, predicted)


def keep(path: Path, rows: Any, *predicted: Any) -> None:
    """Rows and predictions, beside a model, which is left without places in the maker's files."""
    import onnx

    model = onnx.load(path)
    for each in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        each.ClearField("metadata_props")
        each.ClearField("doc_string")
    path.write_bytes(model.SerializeToString(deterministic=True))
    named = {f"y{number}": value for number, value in enumerate(predicted)}
    np.savez_compressed(path.with_suffix(".npz"), x=rows, **named)


MAKERS = {"torch": torch_net, "sklearn": sklearn_net, "keras": keras_net}
NAMES = ("torch-mlp", "torch-cnn", "torch-batch-norm", "torch-layers", "sklearn-mlp", "keras-mlp")


def main() -> None:
    """Makes some of them, or all."""
    folder = Path(sys.argv[1])
    for name in sys.argv[2:] or NAMES:
        tool, _, net = name.partition("-")
        MAKERS[tool](folder, net)


if __name__ == "__main__":
    main()
