"""Files that a spec uses."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

import chainrule.compiler.files.loading
from chainrule.compiler.build import build
from chainrule.compiler.compile import compiled
from chainrule.compiler.elaborate.budget import Limits
from chainrule.compiler.elaborate.other_tools import layers
from chainrule.compiler.files.carried import Carried, carried_name
from chainrule.compiler.files.loading import FileLoader
from chainrule.compiler.graph.spec import Spec
from chainrule.compiler.library import shipped
from chainrule.grammar.diagnostic import Diagnostic
from chainrule.grammar.parse import parse
from chainrule.grammar.read import read_source
from chainrule.grammar.source import Source, Span
from chainrule.grammar.spec_error import SpecError

OUTPUT = "output y = 1 + 1\n"


def write(folder: Path, **files: str) -> Path:
    """Files `name.graph`, two underscores standing for a folder; returns the path of `top`."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".graph")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "top.graph"


def built(path: Path, **limits: int) -> Spec:
    module, found = parse(read_source(path))
    spec, _ = build(module, found, loader=FileLoader(module, path.parent), limits=Limits(**limits))
    return spec


def faults(path: Path, **limits: int) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        built(path, **limits)
    return list(caught.value.diagnostics)


def paths(spec: Spec) -> list[str]:
    return [node.path for node in spec.graph.nodes if node.path]


def test_blocks_and_constants_of_a_file_beside(tmp_path: Path) -> None:
    used = "const two = 2\nblock double(x) { return x * two }\n"
    spec = built(write(tmp_path, top='use "used.graph"\ninput x = 1\noutput y = double(x) + two\n', used=used))
    assert paths(spec) == ["x", "y.double", "y"]
    assert [node.attributes for node in spec.graph.nodes if node.operation.name == "constant"] == [(2.0,)]


def test_an_alias_keeps_names_apart(tmp_path: Path) -> None:
    top = 'use "one.graph" as A\nuse "two.graph" as B\noutput y = A.f(A.k) -> B.f\n'
    used = {"one": "const k = 1\nblock f(x) { return exp(x) }\n", "two": "const k = 2\nblock f(x) { return relu(x) }\n"}
    spec = built(write(tmp_path, top=top, **used))
    assert [node.operation.name for node in spec.graph.nodes if node.path] == ["exp", "relu"]


def test_a_path_is_relative_to_the_file_that_has_it(tmp_path: Path) -> None:
    top = write(
        tmp_path,
        top='use "in/a.graph"\noutput y = f(1)\n',
        in__a='use "b.graph"\nuse "../c.graph"\nblock f(x) { return g(x) + h(x) }\n',
        in__b="block g(x) { return exp(x) }\n",
        c="block h(x) { return relu(x) }\n",
    )
    assert paths(built(top)) == ["y.g", "y.h", "y"]


def test_what_a_used_file_uses_is_not_passed_on(tmp_path: Path) -> None:
    top = write(
        tmp_path,
        top='use "a.graph"\noutput y = g(1)\n',
        a='use "b.graph"\nblock f(x) { return g(x) }\n',
        b="block g(x) { return exp(x) }\nconst k = 1\n",
    )
    (fault,) = faults(top)
    assert (fault.code, fault.message) == ("G103", "there is no operation or block called `g`")


def test_an_alias_has_blocks_alone(tmp_path: Path) -> None:
    top = write(tmp_path, top='use "a.graph" as A\noutput y = A.relu(1)\n', a="block f(x) { return exp(x) }\n")
    (fault,) = faults(top)
    assert (fault.code, fault.message) == ("G103", "there is no operation or block called `A.relu`")


def test_other_statements_are_checked_and_do_not_run(tmp_path: Path) -> None:
    used = "input a = 1\nb = a + 1\noutput c = b\nblock f(x) { return exp(x) }\nexpect c == 3\n"
    top = write(tmp_path, top='use "used.graph"\noutput y = f(1)\n', used=used)
    spec = built(top)
    assert paths(spec) == ["y"]
    assert not spec.claims

    (tmp_path / "used.graph").write_text(used + "d = nonesuch * 2\nexpect d == zz\n", encoding="utf-8")
    assert [(fault.code, at(fault)) for fault in faults(top)] == [
        ("G101", "used.graph:6:5"),
        ("G101", "used.graph:7:13"),
    ]


def at(fault: Diagnostic) -> str:
    assert isinstance(fault.where, Span)
    return f"{Path(fault.where.source.name).name}:{fault.where.line}:{fault.where.column}"


def test_faults_of_a_used_file_are_said_once(tmp_path: Path) -> None:
    top = 'use "a.graph"\nuse "b.graph" as B\nuse "b.graph" as C\noutput y = f(1) + B.g(2)\n'
    top_path = write(
        tmp_path,
        top=top,
        a='use "b.graph"\nblock f(x) { return g(x) }\n',
        b="block g(x) { return exp(x) }\ny = 3 $ 4\n",
    )
    (fault,) = faults(top_path)
    assert at(fault) == "b.graph:2:7"


def test_blocks_whose_text_is_broken_stay_quiet(tmp_path: Path) -> None:
    top = 'use "a.graph"\nuse "a.graph" as A\noutput y = f(k) + A.f(A.k) + z\n'
    found = faults(write(tmp_path, top=top, a="block f(x) { return exp(x }\nconst k = \n"))
    assert {Path(fault.where.source.name).name for fault in found if isinstance(fault.where, Span)} == {
        "a.graph",
        "top.graph",
    }
    assert "nothing here is called `z`" in [fault.message for fault in found]


def test_names_from_a_file_that_is_missing_stay_quiet(tmp_path: Path) -> None:
    top = 'use "a.graph"\nparam W: [n, 2] = zeros()\noutput y = f(k) -> g\nexpect y == q\n'
    assert [fault.code for fault in faults(write(tmp_path, top=top))] == ["G117"]
    top = 'use "a.graph" as A\noutput y = A.f(A.k) + g(1)\n'
    assert [fault.code for fault in faults(write(tmp_path, top=top))] == ["G117", "G103"]


def test_each_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: Counter[str] = Counter()

    def counting(source: Source, *rest: object) -> object:
        counted[Path(source.name).name] += 1
        return parse(source, *rest)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(chainrule.compiler.files.loading, "parse", counting)
    top = write(
        tmp_path,
        top='use "a.graph"\nuse "b.graph"\nuse "./b.graph" as B\noutput y = f(1) + g(2) + B.g(3)\n',
        a='use "c.graph"\nblock f(x) { return h(x) }\n',
        b='use "c.graph"\nblock g(x) { return h(x) }\n',
        c="block h(x) { return exp(x) }\n",
    )
    built(top)
    assert counted == {"a.graph": 1, "b.graph": 1, "c.graph": 1}


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ({"top": 'use "top.graph"\n' + OUTPUT}, ["top", "top"]),
        ({"top": 'use "a.graph"\n' + OUTPUT, "a": 'use "top.graph"\n' + OUTPUT}, ["top", "a", "top"]),
        ({"top": 'use "a.graph"\n' + OUTPUT, "a": 'use "a.graph" as A\n' + OUTPUT}, ["a", "a"]),
    ],
)
def test_a_circle_of_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], circle: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, **files)
    (fault,) = faults(Path("top.graph"))
    assert fault.code == "G115"
    shown = fault.message.partition(": ")[2].split(" -> ")
    assert [Path(name).stem for name in shown] == circle


def test_names_that_are_taken(tmp_path: Path) -> None:
    used = "const k = 1\nblock f(x) { return exp(x) }\n"
    top = 'use "a.graph"\nblock f(x) { return relu(x) }\nk = 3\noutput y = f(k)\n'
    assert [(fault.code, at(fault)) for fault in faults(write(tmp_path, top=top, a=used))] == [
        ("G102", "top.graph:1:1"),
        ("G102", "top.graph:3:1"),
    ]
    top = 'use "a.graph"\nuse "b.graph"\nuse "a.graph" as A\nuse "b.graph" as A\n' + OUTPUT
    assert [(fault.code, at(fault)) for fault in faults(write(tmp_path, top=top, b=used))] == [
        ("G102", "top.graph:2:1"),
        ("G102", "top.graph:2:1"),
        ("G102", "top.graph:4:1"),
    ]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nonesuch.graph", "there is no such file"),
        ("../other/a.graph", "outside of the folder"),
        ("../../../../../../../../etc/passwd", "outside of the folder"),
        ("/etc/passwd", "relative"),
        ("sub", "it is no file"),
        ("", "relative"),
        ("a\\b.graph", "relative"),
        ("x" * 5000, "no such file|too long"),
        ("link.graph", "outside of the folder"),
        ("loop.graph", ""),
        ("folder/a.graph", "outside of the folder"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, path: str, reason: str) -> None:
    inside, outside = tmp_path / "spec", tmp_path / "other"
    (inside / "sub").mkdir(parents=True)
    write(tmp_path, other__a="block f(x) { return exp(x) }\n")
    (inside / "link.graph").symlink_to(outside / "a.graph")
    (inside / "folder").symlink_to(outside)
    (inside / "loop.graph").symlink_to(inside / "loop.graph")
    (fault,) = faults(write(inside, top=f'use "{path}"\n{OUTPUT}'))
    assert fault.code == "G117"
    assert re.search(reason, fault.message)
    assert at(fault) == "top.graph:1:5"


def test_links_inside_the_tree_are_followed(tmp_path: Path) -> None:
    top = write(tmp_path, top='use "link.graph"\noutput y = f(1)\n', sub__a="block f(x) { return exp(x) }\n")
    (tmp_path / "link.graph").symlink_to(tmp_path / "sub" / "a.graph")
    assert "y" in paths(built(top))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.graph")
    (fault,) = faults(write(tmp_path, top='use "pipe.graph"\n' + OUTPUT))
    assert "it is no file" in fault.message


def test_a_used_file_that_is_not_utf8(tmp_path: Path) -> None:
    top = write(tmp_path, top='use "a.graph"\noutput y = f(1)\n')
    (tmp_path / "a.graph").write_bytes(b"block f(x) { return x }\n\xff\n")
    (fault,) = faults(top)
    assert (fault.code, at(fault)) == ("G002", "a.graph:2:1")


def test_a_file_of_constants_alone_can_be_used(tmp_path: Path) -> None:
    spec = built(write(tmp_path, top='use "a.graph"\noutput y = k * 2\n', a="const k = 3\n"))
    assert "y" in paths(spec)


def test_text_without_a_folder_uses_nothing() -> None:
    module, found = parse(Source("<text>", 'use "a.graph"\noutput y = f(1)\n'))
    with pytest.raises(SpecError) as caught:
        build(module, found)
    assert [fault.code for fault in caught.value.diagnostics] == ["G117"]


def test_an_unknown_shipped_file(tmp_path: Path) -> None:
    (fault,) = faults(write(tmp_path, top="use chainrule.layer\n" + OUTPUT))
    assert fault.hint is not None
    assert "`chainrule.layers`" in fault.hint


def test_limits_of_used_files(tmp_path: Path) -> None:
    chain = {f"f{i}": f'use "f{i + 1}.graph"\n{OUTPUT}' for i in range(5)}
    top = write(tmp_path, top='use "f0.graph"\n' + OUTPUT, f5=OUTPUT, **chain)
    built(top)
    for limit in ("use_depth", "files"):
        (fault,) = faults(top, **{limit: 3})
        assert fault.code == "G118"
        assert fault.hint is not None
        assert f"CHAINRULE_LIMITS={limit}=" in fault.hint


def test_texts_that_are_carried_need_no_files(tmp_path: Path) -> None:
    texts = {
        "parts/one.graph": 'use "two.graph"\nblock f(x) { return g(x) }\n',
        "parts/two.graph": "block g(x) { return x * 3 }\n",
        "chainrule.layers": "block dense(x, units) { return x + units }\n",
    }
    top = 'use "parts/../link.graph"\nuse chainrule.layers\ninput x = 1\noutput y = x -> f -> dense(4)\n'
    made = compiled(
        Source(str(tmp_path / "top.graph"), top), tmp_path, carried=Carried(texts, {"link.graph": "parts/one.graph"})
    )
    assert [node.operation.name for node in made.spec.graph.nodes] == ["input", "constant", "mul", "constant", "add"]
    assert {carried_name(used, tmp_path): used.text for used in made.used} == texts
    assert made.links == {"link.graph": "parts/one.graph"}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["../up.graph", "/abs.graph", "a\\b.graph", ""])
def test_carried_texts_lead_nowhere_else(tmp_path: Path, path: str) -> None:
    texts = {path.removeprefix("../"): "block f(x) { return x }\n"}
    source = Source(str(tmp_path / "top.graph"), f'use "{path}"\noutput y = f(1)\n')
    with pytest.raises(SpecError):
        compiled(source, tmp_path, carried=Carried(texts))


# --- names that came later --------------------------------------------------------------------------------------

LATER = "block swish(x) { return x + 100 }\n"


@pytest.fixture
def swish_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "OF_0_1_0", shipped.OF_0_1_0 - {"swish"})


@pytest.mark.usefixtures("swish_came_later")
def test_it_is_told_where_it_stands(tmp_path: Path) -> None:
    text = f"use chainrule.layers\n{LATER}input x = 1\noutput y = swish(x)\n"
    (found,) = compiled(Source("test.graph", text), tmp_path).diagnostics
    assert found.code == "G605"
    assert "the block `swish` goes before the block of the library of that name" in found.message
    assert not compiled(Source("test.graph", text.replace("layers", "layers as L")), tmp_path).diagnostics


@pytest.mark.usefixtures("swish_came_later")
@pytest.mark.parametrize(
    "start",
    [
        f"use chainrule.layers\n{LATER}",
        'use "own.graph"\nuse chainrule.layers\n',
        'use chainrule.layers\nuse "own.graph"\n',
        'use "own.graph"\nuse chainrule.layers\nuse "own.graph"\n',
    ],
)
def test_a_block_goes_before_a_later_one_of_the_library(tmp_path: Path, start: str) -> None:
    spec = built(write(tmp_path, top=f"{start}input x = 1\noutput y = swish(x)\n", own=LATER))
    assert [node.operation.name for node in spec.graph.nodes] == ["input", "constant", "add"]


def test_the_library_keeps_its_own_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "OF_0_1_0", shipped.OF_0_1_0 - {"dense"})
    top = "use chainrule.layers\nuse chainrule.layers as L\nblock dense(x, units) { return x + units }\n"
    top += "input x = [[1, 2]]\ny = x -> mlp(3, 2, 1)\nz = x -> dense(3)\noutput w = y + sum(z -> L.dense(1))\n"
    names = [node.operation.name for node in built(write(tmp_path, top=top)).graph.nodes]
    assert names.count("affine") == 4  # three of the net, and `L.dense`
    assert names.count("add") == 2


def test_two_blocks_of_a_name_are_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(write(tmp_path, top=f"use chainrule.layers\n{LATER}output y = swish(1)\n"))
    assert "`swish`" in fault.message
    (fault,) = faults(write(tmp_path, top='use chainrule.layers\nuse "own.graph"\noutput y = swish(1)\n', own=LATER))
    assert "`swish`" in fault.message


def test_the_first_version_had_these_blocks() -> None:
    """The list is of what there was; what comes later does not go into it."""
    assert len(shipped.OF_0_1_0) == 11
    assert set(layers()) >= shipped.OF_0_1_0
