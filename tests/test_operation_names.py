"""What is known of an operation stands in its record: nowhere else is one known by its name, or imported."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from chainrule.compiler.ops.operation import Operation
from chainrule.compiler.ops.table import OPERATIONS

ROOT = Path(__file__).parent.parent
ROOMS = ("grammar", "compiler", "runtime", "views", "program", "play", "cli", "specs")

NAMES = frozenset(OPERATIONS) | {name.replace("-", "_") for name in OPERATIONS}

WORDS: Mapping[str, str] = {
    "real": "a kind of values",
    "input": "what a picture shows in its own way",
    "param": "what a picture shows in its own way",
    "constant": "what a picture shows in its own way, and an object that generated code uses",
    "state": "what a feed is called",
    "size": "a fact of a message",
    "metric": "a role of operations, a kind of arguments, a fact of a message",
    "confusion": "a kind of plots",
    "range": "a rule of the grammar",
    "sum": "a kind of steps of a walk, a rule of the grammar, a checksum",
    "mean": "a state of adam, an argument of an initialiser, a column of a table",
    "reshape": "how a view of memory is made",
    "take": "a method of arrays",
    "transpose": "how a view of memory is made",
    "clip": "how numpy takes what lies outside",
    "log": "a scale of axes",
    "maximum": "a function of numpy",
    "argmax": "a method of arrays",
    "argmin": "a method of arrays",
    "max": "an end of a picture's colours",
    "min": "a unit of time",
    "place": "a colour of messages",
    "minimum": "a function of numpy",
    "sign": "a part of a picture's node",
    "matmul": "a function of numpy",
    "one_hot": "a fitted call of a column",
    "sqrt": "a function with a notation of its own",
    "exp": "a function with a notation of its own",
    "abs": "a function with a notation of its own",
    "precision": "how many digits a run has",
}
"""Words that mean something else as well; where they stand beside `operation` they name one."""


def modules() -> list[Path]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")] + list(ROOT.glob("*.py"))
    return sorted(path for path in files if "ops" not in path.relative_to(ROOT).parts)


MODULES = pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Texts of a module that are no documentation."""
    told = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node


@MODULES
def test_no_operation_is_known_by_its_name(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for node in texts(ast.parse(source)):
        if node.value not in NAMES:
            continue
        line = lines[node.lineno - 1]
        asks = any(
            f"{asked}.name {sign}" in line for asked in ("operation", "op") for sign in ("==", "!=", "in", "not")
        )
        assert node.value in WORDS, f"line {node.lineno}: `{node.value}`"
        assert not asks, f"line {node.lineno}: `{node.value}`"


BUILT = {
    ("compiler/graph/form.py", "IN_TRAINING"): "the forms of a spec choose one of its operands",
    ("compiler/graph/form.py", "IDENTITY"): "which is what a choice comes to",
    ("compiler/passes/constants.py", "IN_TRAINING"): "of constants, too, its value is the mode's",
    ("compiler/sections/claims.py", "IN_TRAINING"): "a derivative of a spec with two forms has two as well",
    ("compiler/graph/graph.py", "REAL"): "the builder puts it where an int meets a real operation",
    ("compiler/graph/class_scores.py", "SOFTMAX"): "what only a metric takes are scores of a softmax,",
    ("compiler/graph/class_scores.py", "IDENTITY"): "or probabilities already,",
    ("compiler/graph/class_scores.py", "SIGMOID"): "which a sigmoid makes of scores, too",
    ("program/estimators/roles.py", "IDENTITY"): "an output from 0 to 1 is a probability already",
    ("program/estimators/classifier.py", "SIGMOID"): "of one score for two classes the other one is its negative",
    ("compiler/lower/packing.py", "MATMUL"): "a fused update stands in place of a product that a reverse rule built,",
    ("compiler/lower/packing.py", "TRANSPOSE"): "of transposed rows,",
    ("compiler/lower/packing.py", "ADD"): "or in place of a sum of such,",
    ("compiler/targets/numpy_step.py", "TRANSPOSE"): "and many products with transposed weights are those of a copy",
    ("compiler/passes/pool_first.py", "RELU"): "a pool may go before a relu,",
    ("compiler/passes/pool_first.py", "RELU_GRADIENT"): "and its gradient behind that of the relu:",
    ("compiler/passes/pool_first.py", "POOL_MAX"): "a law of these four together,",
    ("compiler/passes/pool_first.py", "POOL_MAX_GRADIENT"): "which stands in no record of one alone",
    ("compiler/lower/computation.py", "LESS"): "a comparison that only those read who make reals of it",
    ("compiler/lower/computation.py", "EQUAL"): "is as good as a truth,",
    ("compiler/lower/computation.py", "REAL"): "of one byte",
    ("views/plots/filters.py", "CONV"): "a picture shows what only filters have,",
    ("views/plots/filters.py", "CONV_TRANSPOSE"): "whose axes lie the other way round here,",
    ("views/plots/maps.py", "MAX_POOL"): "and the maps that a convolution",
    ("views/plots/maps.py", "MEAN_POOL"): "or a pooling makes of a picture",
    ("views/plots/matrix.py", "SOFTMAX"): "weights of attention are a softmax that a product takes",
    ("compiler/advice/rows.py", "CONCAT"): "columns of one number a row stand beside those of several",
    ("program/preparing.py", "CONCAT"): "columns of one number a row stand beside those of several",
    ("program/preparing.py", "ONE_HOT"): "a column of classes is written as its row of 0 and 1",
    ("compiler/derive/taken_rows.py", "TAKE_GRADIENT"): "a reverse rule built it of rows that were taken,",
    ("compiler/derive/taken_rows.py", "ADD"): "or a sum of several",
    ("runtime/data/arithmetic.py", "CONCAT"): "columns of one number a row stand beside those of several",
    ("runtime/studies/confusion.py", "CONFUSION"): "the plot of the matrix computes it",
}
"""Records that are used by themselves, each with the reason; leaves are what a graph begins with."""


@MODULES
def test_no_record_is_used_by_itself(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module or "ops." not in node.module:
            continue
        module = node.module.rpartition("ops.")[2]
        if module == "table":
            continue
        found = __import__(f"chainrule.compiler.ops.{module}", fromlist=["*"])
        for alias in node.names:
            record = getattr(found, alias.name)
            if isinstance(record, Operation) and record.role != "leaf":
                assert (str(path.relative_to(ROOT)), alias.name) in BUILT, alias.name


def test_every_exception_is_one() -> None:
    """A word or a record that is used no more does not stay in the lists."""
    sources = {path: path.read_text(encoding="utf-8") for path in modules()}
    used = {node.value for source in sources.values() for node in texts(ast.parse(source))}
    assert set(WORDS) <= used
    for file, record in BUILT:
        assert f"import {record}" in sources[ROOT / file] or f", {record}" in sources[ROOT / file]
