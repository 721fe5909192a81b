"""The order of the rooms: who may import whom, and where imports may stand."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

ORDER = ["grammar", "compiler", "runtime", "views", "program", "play", "cli", "front door"]
"""A room imports from itself and from rooms before it."""

SUB_ORDER = {
    "compiler": ["library shape faults", "ops", "graph", "elaborate derive", "blocks files advice lower",
                 "sections passes", "build targets chosen_limits", "compile"],
    "runtime": ["arrays fields warn checking_faults plot_faults training_faults", "data", "evaluate", "steps",
                "training", "checks", "studies runs", "callbacks"],
    "views": ["text layout", "walk stages plots", "picture", "figure", "editor page"],
    "cli": ["shared"],
}  # fmt: skip
"""The same among the sub-rooms of a room, and the files beside them; of those in one text none imports another. What is
not named comes last. `runtime/callbacks.py` is where 0.1.0 had what stands in training/train.py."""

MOST_FILES, MOST_LINES = 28, 300
"""Of a folder, and of a file that does not say at its top why it is longer."""

THIRD_PARTY = {
    "grammar": {"lark"},
    "compiler": {"networkx"},
    "compiler.ops": {"numpy"},
    "runtime": {"numpy", "threadpoolctl", "mlxtend", "onnx", "pandas", "sklearn", "PIL", "jax"},
    "views": {"numpy", "rich", "matplotlib", "pygraphviz"},
    "program": {"numpy", "networkx", "sklearn"},
    "play": {"numpy", "starlette", "uvicorn"},
    "cli": {"click", "numpy", "rich", "starlette", "uvicorn", "websockets"},
    "front door": set[str](),
}
"""What a room may know of the world outside, beside the standard library."""

HEAVY = {"lark", "networkx", "matplotlib", "mlxtend", "onnx", "pandas", "sklearn", "pygraphviz", "PIL", "jax",
         "starlette", "uvicorn"}  # fmt: skip
"""Slow to import and seldom needed: may be imported inside functions."""

LATE = {
    ("__init__", "importlib"): "importing the package costs nothing",
    ("program", "importlib"): "importing a room costs nothing",
    ("__main__", "cli.main"): "Ctrl-C may come while it is imported",
    ("program.program", "views.page.notebook"): "pictures are for those who look at them",
    ("program.front_door", "views.page.notebook"): "pictures are for those who look at them",
    ("program.pictures", "views.page.notebook"): "pictures are for those who look at them",
    ("program.pictures", "views.plots.curves"): "pictures are for those who look at them",
    ("program.program", "program.exported"): "most programs are not exported",
    ("program.exports", "program.c_export"): "most exports are not C",
    ("program.exports", "program.onnx_export"): "most exports are not ONNX",
    ("program.program", "views.text.predictions"): "most models have no names of classes",
    ("program.program", "program.serving.json_rows"): "most programs are asked for arrays",
    ("program.program", "views.plots.kinds"): "pictures are for those who look at them",
    ("program.program", "views.plots.subject"): "pictures are for those who look at them",
    ("runtime.data.literals", "runtime.data.binding"): "most columns are read from files",
    ("runtime.data.literals", "runtime.data.columns"): "most columns are read from files",
    ("runtime.data.literals", "runtime.data.minibatches"): "most columns are read from files",
    ("runtime.data.columns", "runtime.data.fitted.calls"): "most columns are not fitted",
    ("runtime.data.readers.open_source", "runtime.data.readers.csv_reader"): "few sections ask for all readers",
    ("runtime.data.readers.open_source", "runtime.data.readers.generators"): "few sections ask for all readers",
    ("runtime.data.readers.open_source", "runtime.data.readers.idx_reader"): "few sections ask for all readers",
    ("runtime.data.readers.open_source", "runtime.data.readers.numpy_reader"): "few sections ask for all readers",
    ("runtime.data.readers.open_source", "runtime.data.readers.text_reader"): "few sections ask for all readers",
    ("runtime.data.datasets", "runtime.data.binding"): "many specs have no data",
    ("runtime.data.datasets", "runtime.data.columns"): "many specs have no data",
    ("runtime.data.datasets", "runtime.data.fitted.fits"): "many specs have no data",
    ("runtime.data.datasets", "runtime.data.training_rows"): "many specs have no data",
    ("runtime.data.datasets", "runtime.data.given.table"): "most rows are read from files",
    ("runtime.runs.trainings", "runtime.data.given.rows"): "most trainings read their rows",
    ("program.program", "program.selection"): "most trainings are one",
    ("program.runnable", "runtime.runs.trainings"): "what trains is for those who train",
    ("runtime.steps.backends", "runtime.steps.jax_step"): "most trainings take numpy's steps",
    ("runtime.steps.sharing", "runtime.steps.jax_step"): "most trainings take numpy's steps",
    ("program.training", "runtime.steps.jax_devices"): "few trainings are shared",
    ("program.training", "runtime.steps.sharing"): "few trainings are shared",
    ("program.training", "runtime.runs.run_record"): "few trainings are shared",
    ("program.program", "runtime.checks.backends"): "few ask what another backend makes of a spec",
    ("program.program", "runtime.steps.backends"): "few ask what another backend makes of a spec",
    ("program.program", "program.exports"): "most programs are not exported",
    ("program.program", "runtime.checks.claims"): "most programs are not tested",
    ("program.runnable", "runtime.steps.scalar_function"): "most programs are run, not called",
    ("runtime.runs.trainings", "runtime.runs.run_history"): "most programs have their history, or need none",
    ("runtime.evaluate.model", "compiler.sections.indexed_node"): "most gradients are of whole nodes",
    ("runtime.runs.kept_specs", "compiler.compile"): "a spec that was compiled before needs no parser",
    ("runtime.runs.longer", "compiler.compile"): "only a run whose spec was changed asks for it",
    ("__init__", "importlib.metadata"): "only its version asks for it",
    ("runtime.runs.machine_record", "importlib.metadata"): "only a run that is kept asks for versions",
    ("runtime.steps.threads", "threadpoolctl"): "it needs ctypes, which Python in a browser may lack",
    ("runtime.runs.machine_record", "threadpoolctl"): "it needs ctypes, which Python in a browser may lack",
    ("runtime.runs.trainings", "runtime.runs.recorder"): "most trainings are not kept",
    ("program.again", "runtime.runs.model_file"): "most programs are not copied",
    ("program.runnable", "runtime.runs.model_file"): "most programs are not saved",
    ("program.program", "runtime.runs.model_file"): "most programs are not saved",
    ("program.front_door", "runtime.runs.load_model"): "most programs come from texts",
    ("program.front_door", "compiler.compile"): "a spec that was compiled before needs no parser",
    ("grammar.unicode.characters", "grammar.unicode.letters"): "most names are ASCII",
    ("grammar.unicode.characters", "grammar.unicode.mixing"): "most names are ASCII",
    ("play.process", "resource"): "Windows has no such module",
    ("grammar.suggestion", "difflib"): "only mistakes are compared with names",
}
"""Further imports inside functions, each with its reason. A verb of the command line may import what it needs."""

FORBIDDEN = {"pickle", "marshal", "shelve", "socket", "urllib", "http", "requests", "ftplib"}
"""No pickle, no network."""

TALKS = {("play.server", "socket"), ("runtime.steps.processes", "socket")}
"""A page is served to the machine that it runs on; processes that share a training meet where a user says."""

EXECUTES = {"runtime.steps.generated"}
"""The one module that may run generated code."""


NO_CIRCLES = ("grammar", "compiler", "runtime", "views", "cli", "program", "play")
"""Folders that hold no circle of files, imports for types and late ones counted too."""


class Import(NamedTuple):
    """One imported module: dotted below the package where it is ours."""

    module: str
    ours: bool
    late: bool
    """Whether it stands inside a function."""
    typing_only: bool
    line: int


def modules() -> dict[str, Path]:
    """Every module of the package by dotted name below it; a folder's `__init__` has the folder's name."""
    files = [*ROOT.glob("*.py")]
    for room in ("grammar", "compiler", "runtime", "views", "program", "play", "cli", "specs"):
        files += (ROOT / room).rglob("*.py")
    return {dotted(path): path for path in sorted(files)}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def room(module: str) -> str:
    """The room of a module; the files at the root that open the package are its front door."""
    first = module.partition(".")[0]
    return "front door" if first in ("__init__", "__main__", "specs") else first


MODULES = modules()


def imports(module: str) -> Iterator[Import]:
    """The imports of a module, wherever they stand."""
    stack: list[tuple[ast.AST, bool, bool]] = [(ast.parse(MODULES[module].read_text(encoding="utf-8")), False, False)]
    while stack:
        node, late, typing_only = stack.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, False, late, typing_only, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            for name in targets(module, node):
                yield Import(name, bool(node.level), late, typing_only, node.lineno)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            stack += [(child, late, True) for child in node.body]
            stack += [(child, late, typing_only) for child in node.orelse]
        else:
            late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            stack += [(child, late, typing_only) for child in ast.iter_child_nodes(node)]


def targets(module: str, node: ast.ImportFrom) -> list[str]:
    """The modules that one `from ... import` names: submodules where they are ours, else the source itself."""
    if not node.level:
        return [node.module or ""]
    here = (
        module.split(".") if MODULES[module].name == "__init__.py" and module != "__init__" else module.split(".")[:-1]
    )
    base = [*here[: len(here) - node.level + 1], *(node.module or "").split(".")]
    source = ".".join(filter(None, base))
    inner = [".".join(filter(None, (source, alias.name))) for alias in node.names]
    return [name if name in MODULES else source for name in inner]


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_backwards(module: str) -> None:
    for imported in imports(module):
        if imported.ours:
            assert ORDER.index(room(imported.module)) <= ORDER.index(room(module)), (
                f"{module}, line {imported.line}: {room(module)} stands before {imported.module}"
            )
        assert imported.module.partition(".")[0] != "chainrule", f"{module}, line {imported.line}: import relatively"


def sub_room(module: str) -> tuple[int, str]:
    """The place of a module's sub-room in the order of its room, and its name."""
    first, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    order = SUB_ORDER[first]
    return next((place for place, names in enumerate(order) if name in names.split()), len(order)), name


@pytest.mark.parametrize("module", [module for module in MODULES if "." in module and room(module) in SUB_ORDER])
def test_sub_rooms_point_backwards(module: str) -> None:
    place, name = sub_room(module)
    for imported in imports(module):
        if imported.ours and imported.module.partition(".")[0] == room(module) and "." in imported.module:
            before, other = sub_room(imported.module)
            allowed = before < place or other == name or (room(module) == "cli" and before == place)
            assert allowed, f"{module}, line {imported.line}: {name} does not stand behind {imported.module}"


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in MODULES.values()} - {ROOT}), ids=lambda each: each.name
)
def test_no_folder_is_crowded(folder: Path) -> None:
    assert sum(path.is_file() for path in folder.iterdir()) <= MOST_FILES or folder.name == "specs"


@pytest.mark.parametrize("module", MODULES)
def test_long_files_say_why(module: str) -> None:
    text = MODULES[module].read_text(encoding="utf-8")
    if text.count("\n") > MOST_LINES:
        assert f"Over {MOST_LINES} lines: " in (ast.get_docstring(ast.parse(text)) or "")


@pytest.mark.parametrize("module", MODULES)
def test_a_room_knows_only_its_own_libraries(module: str) -> None:
    allowed = THIRD_PARTY[room(module)] | (THIRD_PARTY["compiler.ops"] if module.startswith("compiler.ops") else set())
    for imported in imports(module):
        library = imported.module.partition(".")[0]
        assert library not in FORBIDDEN or (module, library) in TALKS, f"{module}, line {imported.line}"
        if not imported.ours and library not in sys.stdlib_module_names:
            assert library in allowed, f"{module}, line {imported.line}: {room(module)} does not know {library}"


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("compiler.ops.")])
def test_operations_know_shapes_and_each_other_alone(module: str) -> None:
    for imported in imports(module):
        if imported.ours:
            assert imported.module.startswith(("compiler.ops", "compiler.shape", "grammar.")), (
                f"{module}, line {imported.line}: {imported.module}"
            )


@pytest.mark.parametrize("module", [m for m in MODULES if not m.startswith("cli.")])
def test_imports_stand_at_the_top(module: str) -> None:
    for imported in imports(module):
        reason = (module, imported.module) in LATE or imported.module.partition(".")[0] in HEAVY
        assert reason or not imported.late, f"{module}, line {imported.line}: {imported.module} inside a function"


def test_no_module_imports_itself_in_a_circle() -> None:
    edges = {
        module: {i.module for i in imports(module) if i.ours and not i.late and not i.typing_only} for module in MODULES
    }
    TopologicalSorter(edges).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("folder", NO_CIRCLES)
def test_no_circle_of_types_or_late_imports(folder: str) -> None:
    inside = [module for module in MODULES if f"{module}.".startswith(f"{folder}.")]
    assert inside, f"there is no {folder}"
    edges = {module: {i.module for i in imports(module) if i.ours and i.module in inside} for module in inside}
    TopologicalSorter(edges).prepare()


@pytest.mark.parametrize("module", [m for m, path in MODULES.items() if path.name == "__init__.py" and "_" not in m])
def test_rooms_import_nothing_by_themselves(module: str) -> None:
    if module == "program":  # where 0.1.0 had `compile` and `load`
        code = "import sys, chainrule.program; print(sorted(m for m in sys.modules if m.startswith('chainrule.')))"
        assert run_python(code) == "['chainrule.program']"
        assert run_python("from chainrule.program import Program, compile, load; print(compile.__name__)") == "compile"
    else:
        assert MODULES[module].read_text(encoding="utf-8") == ""


def test_runtime_starts_without_the_front_end() -> None:
    names = [
        f"chainrule.{m}" for m in MODULES if m.startswith(("runtime", "compiler.ops")) or m == "compiler.lower.plan"
    ]
    code = f"import sys, {', '.join(names)}\nprint(sorted({{'networkx', 'lark', 'click', 'rich'}} & set(sys.modules)))"
    assert run_python(code) == "[]"


def test_the_package_itself_costs_nothing() -> None:
    code = (
        "import sys, chainrule\nprint(sorted(m for m in sys.modules if m.partition('.')[0] in ('chainrule', 'numpy')))"
    )
    assert run_python(code) == "['chainrule']"


def run_python(code: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, cwd=ROOT / "tests"
    )
    assert not answer.stderr, answer.stderr
    return answer.stdout.strip()


@pytest.mark.parametrize("module", MODULES)
def test_only_one_place_executes_generated_code(module: str) -> None:
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("exec", "eval"):
            assert module in EXECUTES, f"{module}, line {node.lineno}"


@pytest.mark.parametrize("test", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.stem)
def test_tests_mirror_the_source(test: Path) -> None:
    """Tests of the whole stand at the top; any other test is named after the file, or folder, that it tests."""
    folder = test.parent.relative_to(ROOT / "tests")
    if folder.parts:
        assert list((ROOT / folder).glob(f"{test.stem.removeprefix('test_')}*")), f"{test} tests nothing that exists"


def test_packages_in_tests_have_no_tests() -> None:
    """What tests share, and the long checks that are commands."""
    for package in (ROOT / "tests").rglob("__init__.py"):
        assert package.relative_to(ROOT / "tests").parts[0] in ("proof", "support")
        assert not list(package.parent.glob("test_*.py"))
