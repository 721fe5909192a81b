"""Derivations on paper."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import chainrule
from chainrule.program.program import Program
from chainrule.views.page.notebook import shown_walk
from chainrule.views.walk.derivation import Derivation
from chainrule.views.walk.derivation_document import latex, markdown
from chainrule.views.walk.walk import Walk, walk

SIGMOID = "input x = 1\nminus = -x\npower = exp(minus)\nbelow = 1 + power\noutput y = 1 / below"

HOSTILE = r"<img onerror=x> $\frac{ \ {}%&#_^~ ]]> '`"

needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")


def compiles(text: str, folder: Path) -> bool:
    (folder / "a.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert answer.returncode == 0, answer.stdout.decode(errors="replace")[-1500:]
    return True


def test_a_chain_of_partial_derivatives(walked: Any) -> None:
    program, taken = walked(SIGMOID)
    chain = Derivation(taken).chains(program.spec.graph.index["x"])
    assert chain is not None
    assert chain.count(r"\partial") == 10
    assert r"&= \frac{-1}{{\text{below}}^{2}} \cdot 1 \cdot e^{\text{minus}} \cdot \left(-1\right) \\" in chain
    assert chain.endswith("&= 0.196612")


def test_two_paths_are_two_chains(walked: Any) -> None:
    program, taken = walked("input x = 3\noutput y = x * x")
    chain = Derivation(taken).chains(program.spec.graph.index["x"])
    assert chain is not None
    assert r"&= 3 + 3 \\ &= 6" in chain


def test_too_many_paths_have_no_chain(walked: Any) -> None:
    text = "input x0 = 1\n" + "\n".join(f"x{n + 1} = x{n} * x{n}" for n in range(30))
    program, taken = walked(text)
    assert Derivation(taken).chains(program.spec.graph.index["x0"]) is None


def test_titles_are_text() -> None:
    program = chainrule.compile(f'chainrule 1 "{HOSTILE}"\n{SIGMOID}')
    taken = walk(program.spec, program.spec.graph.index["y"], {}, {})
    head = markdown(taken, program.spec.title or "").splitlines()[0]
    assert not set("<>$\\{}_`*") & set(head)


@needs_tex
def test_the_sigmoid_compiles(walked: Any, tmp_path: Path) -> None:
    _, taken = walked(SIGMOID)
    assert compiles(latex(taken, HOSTILE), tmp_path)


@needs_tex
@pytest.mark.parametrize("stem", ["sigmoid-by-hand", "product-of-sums", "mnist"])
def test_specs_compile(stem: str, tmp_path: Path) -> None:
    program = chainrule.load(Path(__file__).parents[3] / "specs" / f"{stem}.graph")
    assert compiles(latex(shown_walk(program), program.spec.title or ""), tmp_path)


@needs_tex
def test_a_tensor_spec_compiles(walked: Any, tmp_path: Path) -> None:
    text = "input a_b = [[1, -2]]\nparam W: [2, 3] = he()\noutput y = sum(relu(a_b @ W) ** 2) / 1e-9"
    _, taken = walked(text)
    assert compiles(latex(taken, "tensors"), tmp_path)


def test_every_spec_has_an_equation_a_step(spec_walk: tuple[Program, Walk]) -> None:
    program, taken = spec_walk
    derivation = Derivation(taken)
    assert len([*derivation.forward(), *derivation.reverse(None)]) == len(taken.steps)
    for text in (latex(taken, program.spec.title or ""), markdown(taken, program.spec.title or "")):
        assert text.count(r"\left(") == text.count(r"\right)")
        assert text.count(r"\begin{") == text.count(r"\end{")
        assert text.replace(r"\{", "").replace(r"\}", "").count("{") == text.replace(r"\{", "").replace(
            r"\}", ""
        ).count("}")


def test_attributes_are_part_of_a_formula(walked: Any) -> None:
    _, taken = walked("input x = [[1, 2], [3, 4]]\nm = mean(x, axis = 1)\noutput y = sum(m)")
    forward, back = list(Derivation(taken).forward()), list(Derivation(taken).reverse(None))
    assert r"\operatorname{mean}\left(x, \text{axis} = 1\right)" in forward[1]
    assert r"\text{repeated along axis 1}" in back[-1]


def test_products_of_tensors_have_a_sign_of_their_own(walked: Any) -> None:
    _, taken = walked("input x = [1, 2]\ninput w = 3\ny = x * x\noutput z = sum(w * y)")
    forward = list(Derivation(taken).forward())
    assert forward[2].startswith(r"y &= x \odot x")
    assert r"w \cdot y" in forward[3]


def test_matrices_in_full(walked: Any) -> None:
    _, taken = walked("input x = [[[1, 2], [3, 1e-7]]]\noutput y = sum(x)")
    (x, *_) = Derivation(taken, full=True).forward()
    inner = r"\begin{bmatrix} 1 & 2 \\ 3 & 1 \cdot 10^{-7} \end{bmatrix}"
    assert x == rf"x &= \begin{{bmatrix}} {inner} \end{{bmatrix}}"


@needs_tex
def test_matrices_compile(walked: Any, tmp_path: Path) -> None:
    wide = ", ".join(map(str, range(14)))
    _, taken = walked(f"input x = [[{wide}], [{wide}]]\ninput b = [{wide}]\noutput y = sum(softmax(x * b) * x)")
    assert compiles(latex(taken, "wide", full=True), tmp_path)
