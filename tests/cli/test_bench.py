"""`bench` measures without a spec and with one; its numbers are this machine's, so only their kind is tested."""

import json

import pytest

from chainrule.cli.main import exit_code


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
