"""What is on the disk is what is installed."""

import ast
import importlib
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import chainrule

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]

OUTSIDE = {"tests", "docs", "build", "dist", "runs"}
"""Folders at the root that are no part of the package, beside those that begin with a dot."""

DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn"}
"""Distributions whose modules have another name."""


def folder(package: str) -> Path:
    return ROOT.joinpath(*package.split(".")[1:])


def source_folders() -> set[Path]:
    """The folders of the package: those at the root that hold Python code, and what is below them."""
    tops = [p for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name not in OUTSIDE]
    tops = [p for p in tops if (p / "__init__.py").exists()]
    return {ROOT, *(path.parent for top in tops for path in top.rglob("*.py"))}


def test_every_folder_is_a_listed_package() -> None:
    assert {folder(package) for package in SETUPTOOLS["packages"]} == source_folders()
    assert len(set(SETUPTOOLS["packages"])) == len(SETUPTOOLS["packages"])


@pytest.mark.parametrize("package", SETUPTOOLS["packages"])
def test_every_listed_package_can_be_imported(package: str) -> None:
    assert (folder(package) / "__init__.py").exists()
    importlib.import_module(package)


def test_every_file_of_the_package_is_installed() -> None:
    """Whatever lies in a package's folder and is no Python code matches a pattern of package-data."""
    packages = {folder(package): package for package in SETUPTOOLS["packages"]}
    for place in source_folders() - {ROOT}:
        patterns = SETUPTOOLS["package-data"].get(packages[place], [])
        listed = {path for pattern in patterns for path in place.glob(pattern)}
        for path in place.rglob("*"):
            nearest = next(parent for parent in path.parents if parent in packages)
            if "node_modules" in path.parts:  # what a build has put there
                continue
            if path.is_file() and path.suffix not in (".py", ".pyc") and nearest == place:
                assert path in listed, f"{path.relative_to(ROOT)} would be missing from the wheel"


def test_py_typed_is_installed() -> None:
    assert (ROOT / "py.typed").exists()
    assert "py.typed" in SETUPTOOLS["package-data"]["chainrule"]


def test_what_is_imported_is_declared() -> None:
    """Imports at the top of a file are dependencies; imports inside functions may be of an extra."""
    always = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    extras = PROJECT["project"]["optional-dependencies"].values()
    declared = always | {Requirement(line).name for lines in extras for line in lines}
    for place in source_folders():
        for path in place.glob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert third_party(tree.body) <= always, path
            assert third_party(ast.walk(tree)) <= declared, path


def third_party(nodes: Any) -> set[str]:
    """Distributions that import statements among the nodes need."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return {DISTRIBUTIONS.get(name, name) for name in names - set(sys.stdlib_module_names)}


def test_the_version_has_one_place() -> None:
    assert chainrule.__version__ == metadata.version("chainrule") == PROJECT["project"]["version"]
    assert f"## {chainrule.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_public_names_are_there() -> None:
    for name in chainrule.__all__:
        assert getattr(chainrule, name) is not None
    assert set(chainrule.__all__) <= set(dir(chainrule))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        chainrule.nonesuch  # type: ignore[attr-defined]  # noqa: B018  # asked for on purpose


def test_the_command_is_the_module() -> None:
    (entry,) = metadata.entry_points(group="console_scripts", name="chainrule")
    assert entry.value == PROJECT["project"]["scripts"]["chainrule"]
    assert callable(entry.load())


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_a_benchmark_takes_what_is_there(path: Path) -> None:
    """Benchmarks are seldom run, and nothing else looks at what they import of ours."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "chainrule":
            module = importlib.import_module(node.module)
            for each in node.names:
                if not hasattr(module, each.name):
                    importlib.import_module(f"{node.module}.{each.name}")
