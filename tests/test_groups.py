"""Trainings with groups of params: against loops written by hand and torch, on every backend, cut off and resumed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import bits, same, trainers  # the folder that tests share

import chainrule
from chainrule.compiler.compile import compiled
from chainrule.compiler.derive.training import training_graph
from chainrule.compiler.graph.signatures import OPTIMISERS
from chainrule.compiler.ops.linear import MATMUL
from chainrule.compiler.targets.numpy_step import StepRequest, StepSource, step_source
from chainrule.grammar.source import Source
from chainrule.runtime.arrays import Array
from chainrule.runtime.steps import numpy_step
from chainrule.runtime.training.train import Callback, Training

NET = """
dim N
input x: [N, 3]
input t: [N, 2]
block dense(x: [N, I], units) {
  param W: [I, units] = normal(std = 0.7)
  param b: [units] = uniform()
  return affine(x, W, b)
}
base = x -> dense(4) -> tanh
head = base -> dense(2)
loss = mse(head, t)
train { minimize = loss ; optimizer = OPTIMIZER ; groups = GROUPS ; steps = 6 ; precision = float64 ; seed = 5 }
"""
SCALARS = """
param a = 1.5
param b = -0.5
param c = 2
loss = (a * b - 1) ** 2 + exp(0.3 * c) * a
train { minimize = loss ; optimizer = OPTIMIZER ; groups = GROUPS ; steps = 6 ; precision = float64 }
"""
DEFAULTS = {name: {each.name: each.default for each in made.parameters} for name, made in OPTIMISERS.items()}


def batches(count: int = 6) -> list[dict[str, Array]]:
    generator = np.random.default_rng(2)
    return [{"x": generator.normal(size=(5, 3)), "t": generator.normal(size=(5, 2))} for _ in range(count)]


def net_gradients(p: Mapping[str, Array], feeds: Mapping[str, Array]) -> dict[str, Array]:
    """The gradients of NET, by hand."""
    h = np.tanh(feeds["x"] @ p["base.dense.W"] + p["base.dense.b"])
    d_y = 2 * (h @ p["head.W"] + p["head.b"] - feeds["t"]) / feeds["t"].size
    d_h = d_y @ p["head.W"].T * (1 - h * h)
    return {
        "base.dense.W": feeds["x"].T @ d_h,
        "base.dense.b": d_h.sum(axis=0),
        "head.W": h.T @ d_y,
        "head.b": d_y.sum(axis=0),
    }


def scalar_gradients(p: Mapping[str, Array], feeds: Mapping[str, Array]) -> dict[str, Array]:
    """Those of SCALARS."""
    a, b, c = (p[name] for name in "abc")
    slope = 2 * (a * b - 1)
    return {"a": slope * b + np.exp(0.3 * c), "b": slope * a, "c": 0.3 * np.exp(0.3 * c) * a}


Settings = Mapping[str, Any]


def hand_step(name: str, p: Array, g: Array, state: dict[str, Array], t: int, s: Settings) -> Any:
    """One update of the papers, with these settings; the gradient has been clipped."""
    if name != "adamw":
        g = g + s["weight_decay"] * p
    match name:
        case "sgd":
            return p - s["lr"] * g
        case "momentum" | "nesterov":
            v = state["v"] = s["momentum"] * state.get("v", 0.0) + g
            return p - s["lr"] * (v if name == "momentum" else g + s["momentum"] * v)
        case "adagrad":
            state["s"] = state.get("s", 0.0) + g * g
            return p - s["lr"] * g / (np.sqrt(state["s"]) + s["eps"])
        case "rmsprop":
            state["s"] = s["decay"] * state.get("s", 0.0) + (1 - s["decay"]) * g * g
            return p - s["lr"] * g / (np.sqrt(state["s"]) + s["eps"])
    if name == "adamw":
        p = p - s["lr"] * s["weight_decay"] * p
    m = state["m"] = s["beta1"] * state.get("m", 0.0) + (1 - s["beta1"]) * g
    r = state["r"] = s["beta2"] * state.get("r", 0.0) + (1 - s["beta2"]) * g * g
    return p - s["lr"] * m / (1 - s["beta1"] ** t) / (np.sqrt(r / (1 - s["beta2"] ** t)) + s["eps"])


def hand_loop(
    text: str, name: str, own: Mapping[str, Settings | None], start: Mapping[str, Array]
) -> Iterator[dict[str, Array]]:
    """The params after each step; `own` are the settings of each, None for a frozen one."""
    values = dict(start)
    states: dict[str, dict[str, Array]] = {path: {} for path in values}
    slopes = scalar_gradients if text is SCALARS else net_gradients
    for t, feeds in enumerate(batches(), 1):
        arriving = {path: g for path, g in slopes(values, feeds).items() if own[path] is not None}
        for path, g in arriving.items():
            if (limit := own[path]["clip_value"]) is not None:  # type: ignore[index]  # the frozen ones are not among them
                arriving[path] = np.clip(g, -limit, limit)
        norm = np.sqrt(sum(float(np.sum(g * g)) for g in arriving.values()))
        most = next(each for each in own.values() if each is not None)["clip_norm"]
        for path, g in arriving.items():
            shorter = g if most is None else g * min(1.0, most / norm)
            values[path] = hand_step(name, values[path], shorter, states[path], t, own[path])  # type: ignore[arg-type]
        yield dict(values)


NUMBERS: Mapping[str, st.SearchStrategy[float]] = {
    "lr": st.floats(0, 0.2),
    "weight_decay": st.floats(0, 0.3),
    "clip_value": st.floats(0.01, 0.5),
    "clip_norm": st.floats(0.05, 2),
    "momentum": st.floats(0, 0.95),
    "decay": st.floats(0.1, 0.99),
    "beta1": st.floats(0, 0.95),
    "beta2": st.floats(0.1, 0.999),
    "eps": st.floats(1e-3, 1e-1),
}


def some_settings(name: str) -> st.SearchStrategy[dict[str, float]]:
    own = [each for each in DEFAULTS[name] if each in NUMBERS and each != "clip_norm"]
    return st.lists(st.sampled_from(own), unique=True, max_size=3).flatmap(
        lambda names: st.fixed_dictionaries({each: NUMBERS[each] for each in names})
    )


def written(given: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in given.items())


@st.composite
def trainings(draw: st.DrawFn) -> tuple[str, str, str, dict[str, Settings | None]]:
    """A text, its optimiser and groups, and the settings of each param."""
    text = draw(st.sampled_from([NET, NET, SCALARS]))
    paths = ("a", "b", "c") if text is SCALARS else ("base.dense.W", "base.dense.b", "head.W", "head.b")
    patterns = ("a", "b", "*", "c") if text is SCALARS else ("base.*", "*.b", "head.*", "*dense.W", "*", "head.b")
    name = draw(st.sampled_from(list(OPTIMISERS)))
    optimizer = {"lr": 0.05, **draw(some_settings(name))}
    if draw(st.booleans()):
        optimizer["clip_norm"] = draw(NUMBERS["clip_norm"])
    own: dict[str, Settings | None] = {}
    groups: list[str] = []
    for pattern in draw(st.lists(st.sampled_from(patterns), min_size=1, max_size=3, unique=True)):
        matched = [path for path in paths if _matches(pattern, path)]
        left = [path for path in paths if path not in own and path not in matched]
        may_freeze = left or any(each is not None for each in own.values())
        if may_freeze and draw(st.integers(0, 2)) == 0:
            groups.append(f'group("{pattern}", frozen = true)')
            found = None
        else:
            replaced = draw(some_settings(name))
            groups.append(f'group("{pattern}"{", " if replaced else ""}{written(replaced)})')
            found = {**DEFAULTS[name], **optimizer, **replaced}
        own |= {path: found for path in matched if path not in own}
    own |= {path: {**DEFAULTS[name], **optimizer} for path in paths if path not in own}
    if all(each is None for each in own.values()):
        groups.insert(0, f'group("{paths[0]}")')
        own[paths[0]] = {**DEFAULTS[name], **optimizer}
    made = text.replace("OPTIMIZER", f"{name}({written(optimizer)})").replace("GROUPS", f"[{', '.join(groups)}]")
    return made, text, name, own


def _matches(pattern: str, path: str) -> bool:
    if pattern == "*":
        return True
    head, star, tail = pattern.partition("*")
    return path.startswith(head) and path.endswith(tail) if star else path == pattern


@settings(max_examples=60, deadline=None)
@given(trainings())
def test_steps_are_those_of_a_loop_by_hand(training: tuple[str, str, str, dict[str, Settings | None]]) -> None:
    made, text, name, own = training
    ways = trainers(made)
    start = {path: np.array(value) for path, value in ways["plain"].params.items()}
    feeds = [{}] * 6 if text is SCALARS else batches()
    for wanted, batch in zip(hand_loop(text, name, own, start), feeds, strict=True):
        same(ways, [batch])
        for path, value in wanted.items():
            np.testing.assert_allclose(ways["plain"].params[path], value, rtol=1e-9, atol=1e-11, err_msg=path)
    for path, each in own.items():
        assert each is not None or bits(ways["optimised"].params[path]) == bits(start[path])


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_large_packs_go_block_by_block(name: str, precision: str) -> None:
    text = f"""
param A: [300, 500] = normal()
param B: [7, 3] = normal()
param C: [400, 400] = normal()
param D: [150, 100] = normal()
loss = mean((A - 1) ** 2) + mean((C + 1) ** 2) + sum(B * B) + mean(D ** 2)
train {{ minimize = loss ; optimizer = {name}(lr = 0.01) ; steps = 3 ; precision = {precision}
        groups = [group("A", weight_decay = 0.1), group("C", lr = 0.5), group("D", weight_decay = 0.1)] }}
"""
    same(trainers(text), [{}] * 3)


# --- frozen params ----------------------------------------------------------------------------------------------

FROZEN = '[group("base.*", frozen = true)]'


def products(groups: str) -> int:
    """The matrix products that a step is made of."""
    spec = compiled(Source("test.graph", NET.replace("OPTIMIZER", "sgd(lr = 0.1)").replace("GROUPS", groups)), Path())
    section = spec.spec.train
    assert section is not None
    made = training_graph(spec.spec.full, section.minimize, section.optimizer, section.groups)
    needed = made.graph.ancestors(made.targets)
    appended = made.graph.nodes[len(spec.spec.full.nodes) :]
    return sum(
        node.operation is MATMUL and needed[number] for number, node in enumerate(appended, len(spec.spec.full.nodes))
    )


def test_nothing_is_computed_for_frozen_params_alone() -> None:
    assert products('[group("*")]') == 3  # both weights' gradients, and what goes back through the head
    assert products(FROZEN) == 1  # the head's alone
    assert products('[group("head.*", frozen = true)]') == 2  # what goes back through it is for the base
    assert products('[group("*.W", frozen = true)]') == 1


def program(groups: str, optimizer: str = "adam(lr = 0.05)") -> chainrule.Program:
    text = NET.replace("OPTIMIZER", optimizer).replace("GROUPS", groups)
    text = text.replace("input x: [N, 3]", "input x: [N, 3] = [[1, 2, 3], [0.5, -1, 2]]")
    return chainrule.compile(text.replace("input t: [N, 2]", "input t: [N, 2] = [[1, 0], [0, 1]]"))


def test_frozen_params_keep_their_bits_and_are_in_models(tmp_path: Path) -> None:
    made = program(FROZEN)
    start = made.params
    made.train(run=tmp_path / "run")
    made.save(tmp_path / "net.safetensors")
    for kept in (made, chainrule.load(tmp_path / "net.safetensors"), chainrule.load(tmp_path / "run")):
        for path, value in kept.params.items():
            assert (value.tobytes() == start[path].astype(value.dtype).tobytes()) is path.startswith("base.")


def test_health_looks_at_frozen_params_without_gradients() -> None:
    made = program(FROZEN)
    made.train()
    look = made.history.health[-1]
    assert look["base.dense.W.value"] == made.history.health[0]["base.dense.W.value"] > 0
    assert {name for name in look if name.endswith(("gradient", "update"))} == {
        *("head.W.gradient", "head.W.update", "head.b.gradient", "head.b.update"),
        *("gradient", "update"),
    }


def test_steps_of_a_script_leave_frozen_params(tmp_path: Path) -> None:
    made = program(FROZEN)
    trainer = made.trainer()
    start = {path: value.copy() for path, value in trainer.params.items()}
    trainer.step()
    assert [path for path, value in start.items() if (trainer.params[path] != value).any()] == ["head.W", "head.b"]
    assert sorted(trainer.states) == ["head.W mean", "head.W square", "head.b mean", "head.b square"]


# --- rates ------------------------------------------------------------------------------------------------------


def test_the_rate_of_a_group_is_its_own_and_scheduled() -> None:
    text = """
param a = 1
param b = 1
param c = 1
loss = a + b + c
train { minimize = loss ; optimizer = sgd(lr = 0.5) ; steps = 4 ; precision = float64
        groups = [group("b", lr = 0.125), group("c", lr = 0)] ; schedule = step(every = 2, factor = 0.5) }
"""
    made = chainrule.compile(text)
    made.train()
    assert made.params == {"a": 1 - 2 * 0.5 - 2 * 0.25, "b": 1 - 2 * 0.125 - 2 * 0.0625, "c": 1.0}


@pytest.mark.parametrize("optimizer", ["sgd(lr = 0.1)", "sgd(lr = 0.1, weight_decay = 0.01)", "adam(lr = 0.1)"])
def test_one_group_that_holds_everything_is_no_group_in_code(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []

    def noted(request: StepRequest) -> StepSource:
        texts.append((made := step_source(request)).text)
        return made

    monkeypatch.setattr(numpy_step, "step_source", noted)
    net = "dim N\ninput x: [N, 4]\nparam W: [4, 3] = he()\nparam b: [3] = zeros()\nloss = mean((x @ W + b) ** 2)\n"
    for groups in ("", '; groups = [group("*", lr = 0.1)]'):
        text = f"{net}train {{ minimize = loss; optimizer = {optimizer}; steps = 1{groups} }}"
        chainrule.compile(text).trainer().step({"x": np.ones((5, 4))})
    assert texts[0] == texts[-1]


def test_one_group_that_holds_everything_has_the_bits_of_the_optimiser() -> None:
    one = program('[group("*", lr = 0.05, weight_decay = 0.1)]', "sgd(lr = 0.3)")
    other = chainrule.compile(
        one.spec.source.text.replace("sgd(lr = 0.3)", "sgd(lr = 0.05, weight_decay = 0.1)").replace(
            'groups = [group("*", lr = 0.05, weight_decay = 0.1)]', ""
        )
    )
    one.train()
    other.train()
    for path, value in one.params.items():
        assert value.tobytes() == other.params[path].tobytes()


def test_updates_of_groups_are_folded_with_their_own_rates() -> None:
    text = NET.replace("OPTIMIZER", "sgd(lr = 0.1)").replace("GROUPS", '[group("head.*", lr = 0.02)]')
    made = trainers(text, {"plain": {"optimise": False}, "folded": {}})
    for feeds in batches():
        made["plain"].step(feeds)
        made["folded"].step(feeds)
    assert made["folded"].folded == ("base.dense.W", "head.W")
    for path, value in made["plain"].params.items():
        np.testing.assert_allclose(made["folded"].params[path], value, rtol=1e-12, atol=1e-14)


def test_rates_are_tried_in_proportion() -> None:
    plain, same, tenfold = (
        program(groups, "sgd(lr = 0.05)").find_rate()
        for groups in ('[group("*")]', '[group("*", lr = 0.05)]', '[group("*", lr = 0.5)]')
    )
    assert plain == same
    assert tenfold.losses[30] < plain.losses[30]
    assert tenfold.suggestion is not None
    assert plain.suggestion is not None
    assert tenfold.suggestion < plain.suggestion


# --- runs -------------------------------------------------------------------------------------------------------


class KilledError(Exception):
    """What a kill is played by."""


class Kill(Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def stepped(self, training: Training) -> None:
        if training.step == self.step:
            raise KilledError


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_run_that_is_killed_goes_on_to_the_same_bits(tmp_path: Path, name: str) -> None:
    groups = '[group("base.dense.W", frozen = true), group("*.b", weight_decay = 0.1), group("head.W", lr = 0.3)]'
    optimizer = f"{name}(lr = 0.05)"
    whole = program(groups, optimizer)
    whole.train(run=tmp_path / "whole")
    cut = program(groups, optimizer)
    with pytest.raises(KilledError):
        cut.train(run=tmp_path / "cut", callbacks=[Kill(3)], checkpoint_every=1)
    again = program(groups, optimizer)
    again.train(resume=tmp_path / "cut")
    assert again.history.losses.tobytes() == whole.history.losses.tobytes()
    for path, value in whole.params.items():
        assert again.params[path].tobytes() == value.tobytes()
    record = json.loads((tmp_path / "cut" / "run.json").read_text(encoding="utf-8"))
    assert record["settings"]["groups"].startswith('[group("base.dense.W", frozen = true), ')


def test_other_groups_are_another_training(tmp_path: Path) -> None:
    program('[group("*.b", lr = 0.1)]').train(run=tmp_path / "run")
    with pytest.raises(chainrule.SpecError) as caught:
        program('[group("*.b", lr = 0.2)]').train(resume=tmp_path / "run")
    (found,) = caught.value.diagnostics
    assert found.hint is not None
    assert 'groups was [group("*.b", lr = 0.1)], is [group("*.b", lr = 0.2)]' in found.hint


def test_groups_can_be_set_from_outside() -> None:
    text = program('[group("*.b", lr = 0.1)]').spec.source.text
    made = chainrule.compile(text, set={"train.groups": '[group("head.*", frozen = true)]'})
    assert made.spec.frozen == {"head.W", "head.b"}
    start = made.params
    made.train()
    assert [path for path, value in made.params.items() if (value != start[path]).any()] == [
        "base.dense.W",
        "base.dense.b",
    ]


# --- against torch, with `pytest -m proof` ----------------------------------------------------------------------

TWINS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {"eps": 1e-4}),
    "adam": ("Adam", {"eps": 1e-4}),
    "adamw": ("AdamW", {"eps": 1e-4}),
}
OWN: Mapping[str, dict[str, float]] = {
    "sgd": {"weight_decay": 0.2},
    "momentum": {"momentum": 0.5},
    "nesterov": {"momentum": 0.3},
    "adagrad": {"eps": 0.01},
    "rmsprop": {"decay": 0.5, "eps": 0.01},
    "adam": {"beta1": 0.5, "beta2": 0.9},
    "adamw": {"beta1": 0.5, "eps": 0.01},
}


def of_torch(given: Mapping[str, float]) -> dict[str, Any]:
    """Settings by the names of torch."""
    made: dict[str, Any] = {{"decay": "alpha"}.get(name, name): value for name, value in given.items()}
    if "beta1" in made:
        made["betas"] = (made.pop("beta1"), made.pop("beta2", 0.999))
    return made


@pytest.mark.proof
@pytest.mark.parametrize("clip", [None, 0.3])
@pytest.mark.parametrize("name", TWINS)
def test_param_groups_of_torch(name: str, clip: float | None) -> None:
    torch = pytest.importorskip("torch")
    twin, plain = TWINS[name]
    groups = (
        f'[group("base.dense.W", frozen = true), group("*.b", lr = 0.2, weight_decay = 0.1), '
        f'group("head.W", {written(OWN[name])})]'
    )
    settings_ = {"lr": 0.05, "weight_decay": 0.02, **({"eps": plain["eps"]} if "eps" in plain else {})}
    if clip is not None:
        settings_["clip_norm"] = clip
    made = trainers(NET.replace("OPTIMIZER", f"{name}({written(settings_)})").replace("GROUPS", groups))
    values = {path: torch.tensor(np.array(value)) for path, value in made["plain"].params.items()}
    for path in values:
        values[path].requires_grad_(path != "base.dense.W")
    theirs = getattr(torch.optim, twin)(
        [
            {"params": [values["base.dense.b"], values["head.b"]], "lr": 0.2, "weight_decay": 0.1},
            {"params": [values["head.W"]], **of_torch(OWN[name])},
        ],
        lr=0.05,
        weight_decay=0.02,
        **plain,
    )
    for feeds in batches(40):
        theirs.zero_grad()
        x, t = (torch.tensor(feeds[each]) for each in ("x", "t"))
        h = torch.tanh(x @ values["base.dense.W"] + values["base.dense.b"])
        ((h @ values["head.W"] + values["head.b"] - t) ** 2).mean().backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([each for each in values.values() if each.requires_grad], clip)
        theirs.step()
        same(made, [feeds])
        for path, value in values.items():
            wanted = value.detach().numpy()
            tolerance = 1e-4 if clip is not None else 1e-11  # torch divides by the norm plus 1e-6
            np.testing.assert_allclose(made["plain"].params[path], wanted, rtol=tolerance, atol=tolerance)
