"""`bench` measures without a spec and with one; its numbers are this machine's, so only their kind is tested."""

import json

import pytest

from chainrule.cli.main import exit_code
from chainrule.runtime.checks import benchmark
from chainrule.runtime.checks.benchmark import Timing


def test_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["bench", "--seconds", "0.001", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["step"] > 0
    assert found["step / matrix products"] > 0
    assert found["bytes"]["parameters and states"] == 4 * (784 * 100 + 100 * 64 + 64 * 32 + 32 * 10 + 206)
    assert found["blas"]


def test_a_spec_without_matrix_products(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    path = f"{tmp_path}/bowl.graph"
    with open(path, "w", encoding="utf-8") as file:
        file.write("param w = 3\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 1 }\n")
    assert exit_code(["bench", path, "--seconds", "0.001"]) == 0
    assert "node by node" in capsys.readouterr().out


@pytest.mark.parametrize(("step", "disturbed"), [(90e-6, True), (110e-6, False)])
def test_an_impossible_ratio_is_told(
    step: float, disturbed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = [Timing(step, step), Timing(300e-6, 300e-6), Timing(100e-6, 100e-6)]
    monkeypatch.setattr(benchmark, "timings", lambda functions, seconds: taken)
    assert exit_code(["bench"]) == 0
    assert ("the machine was busy" in capsys.readouterr().out) == disturbed
    assert exit_code(["bench", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["disturbed"] is disturbed
