"""The optimiser of a training as one of torch.optim's, whose formulas our rules are, and the clipping before it."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from ...derive.training import TrainingGraph
from ...graph.signatures import Invocation
from ..python.names import Names
from ..python.update import alike

Settings = Mapping[str, str]


def _decay(call: Invocation) -> dict[str, str]:
    decay = call.number("weight_decay")
    return {"weight_decay": repr(decay)} if decay else {}


def _sgd(call: Invocation) -> Settings:
    return _decay(call)


def _momentum(call: Invocation) -> Settings:
    return {"momentum": repr(call.number("momentum")), **_decay(call)}


def _nesterov(call: Invocation) -> Settings:
    return {**_momentum(call), "nesterov": "True"}


def _adagrad(call: Invocation) -> Settings:
    return {"eps": repr(call.number("eps")), **_decay(call)}


def _rmsprop(call: Invocation) -> Settings:
    return {"alpha": repr(call.number("decay")), **_adagrad(call)}


def _adam(call: Invocation) -> Settings:
    betas = f"({call.number('beta1')!r}, {call.number('beta2')!r})"
    return {"betas": betas, **_adagrad(call)}


def _adamw(call: Invocation) -> Settings:  # whose own decay is not 0
    return {**_adam(call), "weight_decay": repr(call.number("weight_decay"))}


OPTIMISERS: Mapping[str, tuple[str, Callable[[Invocation], Settings]]] = MappingProxyType(
    {
        "sgd": ("SGD", _sgd),
        "momentum": ("SGD", _momentum),
        "nesterov": ("SGD", _nesterov),
        "adagrad": ("Adagrad", _adagrad),
        "rmsprop": ("RMSprop", _rmsprop),
        "adam": ("Adam", _adam),
        "adamw": ("AdamW", _adamw),
    }
)
"""By our names: the class in torch.optim, and its settings."""


def optimiser_function(training: TrainingGraph, names: Names) -> Iterator[str]:
    """`optimiser_of(net)`, a group for each way in which params are changed."""
    yield "def optimiser_of(net: Net) -> torch.optim.Optimizer:"
    yield '    """The optimiser of the spec, with its groups."""'
    groups = alike(training)
    called = [OPTIMISERS[settings.name] for settings, _ in groups]
    if len(groups) == 1:
        ((settings, paths),) = groups
        (name, own), *_ = called
        yield f"    return torch.optim.{name}({_listed(paths, names)}, {_told(settings, own(settings))})"
        return
    yield "    groups: list[dict[str, Any]] = ["
    for (settings, paths), (_, own) in zip(groups, called, strict=True):
        given = {"lr": repr(settings.number("lr")), **own(settings)}
        told = "".join(f', "{key}": {value}' for key, value in given.items())
        yield f'        {{"params": {_listed(paths, names)}{told}}},'
    yield "    ]"
    yield f"    return torch.optim.{called[0][0]}(groups, lr={groups[0][0].number('lr')!r})"


def clip_function(training: TrainingGraph, norm: float | None, names: Names) -> list[str]:
    """`clip(net)`; nothing where gradients are taken as they are."""
    values: dict[float, list[str]] = {}
    for path, each in training.parameters.items():
        if each.settings.arguments["clip_value"] is not None:
            values.setdefault(each.settings.number("clip_value"), []).append(path)
    if norm is None and not values:
        return []
    lines = ["def clip(net: Net) -> None:", '    """Shortens gradients as the optimiser asks for."""']
    lines += [f"    nn.utils.clip_grad_value_({_listed(paths, names)}, {value!r})" for value, paths in values.items()]
    if norm is not None:
        lines += [
            f"    held = {_listed(list(training.parameters), names)}",
            "    gradients = [each.grad for each in held if each.grad is not None]",
            "    norm = torch.sqrt(torch.stack([torch.sum(each * each) for each in gradients]).sum())",
            "    for each in gradients:",
            f"        each.mul_(torch.where(torch.isinf(norm), torch.nan, torch.clamp({norm!r} / norm, max=1.0)))",
        ]
    return lines


def _listed(paths: list[str], names: Names) -> str:
    return f"[{', '.join(f'net.{names.of(path)}' for path in paths)}]"


def _told(settings: Invocation, own: Settings) -> str:
    return ", ".join(f"{key}={value}" for key, value in {"lr": repr(settings.number("lr")), **own}.items())
