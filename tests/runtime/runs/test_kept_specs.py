"""What is kept of compilations: when it is used, and when it is as good as not there."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import chainrule
from chainrule.compiler.compile import compiled
from chainrule.compiler.graph.spec import Compiled
from chainrule.grammar.source import Source
from chainrule.grammar.spec_error import SpecError
from chainrule.runtime.runs import kept_specs as spec_cache
from chainrule.runtime.runs.kept_specs import cache_folder, kept_path

TEXT = 'use chainrule.layers\nuse "own.graph"\ninput x: [1, 3]\noutput y = twice(x -> dense(2))\n'
OWN = "block twice(x) { return x + x }\n"
HERE = Path()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a folder to work in."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CHAINRULE_CACHE", str(folder))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    Path("own.graph").write_text(OWN)
    Path("net.graph").write_text(TEXT)
    return folder


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("*"))


def recalled(source: Source, folder: Path, settings: Mapping[str, str]) -> Compiled | None:
    path = kept_path(source, settings)
    return None if path is None else spec_cache.recalled(path, source, folder, settings)


def keep(made: Compiled, folder: Path, settings: Mapping[str, str]) -> None:
    if (path := kept_path(made.spec.source, settings)) is not None:
        spec_cache.keep(path, made, folder)


@pytest.mark.parametrize("there", [False, True], ids=["a miss", "a hit"])
def test_the_compilers_files_are_looked_at_once(cache: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    if there:
        chainrule.load("net.graph")
    looked: list[str] = []
    listed = os.scandir

    def scandir(path: str) -> object:
        looked.append(str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    chainrule.load("net.graph")
    package = Path(chainrule.__file__).parent
    assert looked.count(str(package / "grammar")) == looked.count(str(package / "compiler" / "ops")) == 1


def test_a_second_load_needs_no_parser(cache: Path) -> None:
    chainrule.load("net.graph")
    assert len(kept(cache)) == 1
    program = "import sys, chainrule; print(sorted(chainrule.load('net.graph').params)); print('lark' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [str(sorted(chainrule.load("net.graph").params)), "False"]


def test_what_is_recalled_is_what_was_kept(cache: Path) -> None:
    source = Source("net.graph", TEXT)
    made = compiled(source, HERE)
    keep(made, HERE, {})
    again = recalled(source, HERE, {})
    assert again is not None
    assert [used.name for used in again.used] == [used.name for used in made.used]
    assert [used.text for used in again.used] == [used.text for used in made.used]
    assert again.spec.graph.nodes[0].type == made.spec.graph.nodes[0].type
    assert again.meaning() == made.meaning()


def test_warnings_are_kept(cache: Path) -> None:
    Path("idle.graph").write_text("input a = 1\nb = a * 2\noutput c = a + 1\n")
    first = [str(found.message) for found in chainrule.load("idle.graph").diagnostics]
    assert first
    assert [str(found.message) for found in chainrule.load("idle.graph").diagnostics] == first


@pytest.mark.parametrize("settings", [{}, {"x": "[[1, 2, 3]]"}, {"x": "[[1.0, 2, 3]]"}])
def test_settings_are_part_of_the_name(cache: Path, settings: dict[str, str]) -> None:
    source = Source("net.graph", TEXT)
    keep(compiled(source, HERE, settings), HERE, settings)
    assert recalled(source, HERE, settings) is not None
    assert recalled(source, HERE, {"x": "[[7, 7, 7]]"}) is None


def test_a_changed_text_is_another_spec(cache: Path) -> None:
    keep(compiled(Source("net.graph", TEXT), HERE), HERE, {})
    assert recalled(Source("net.graph", TEXT + "# more\n"), HERE, {}) is None


def test_a_changed_file_that_is_used_makes_it_stale(cache: Path) -> None:
    chainrule.load("net.graph")
    Path("own.graph").write_text("block twice(x) { return x * 3 }\n")
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None
    assert chainrule.load("net.graph").run(x=[[0, 0, 0]]).keys()
    Path("own.graph").unlink()
    with pytest.raises(SpecError):
        chainrule.load("net.graph")


def test_a_file_outside_is_never_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("net.graph", TEXT)
    monkeypatch.setattr(spec_cache, "carried_name", lambda used, folder: "../own.graph")
    Path("../own.graph").write_text(OWN)
    keep(compiled(source, HERE), HERE, {})
    assert recalled(source, HERE, {}) is None


@pytest.mark.parametrize("place", [0, 30, 64, 65, 200, -1])
def test_a_damaged_file_is_compiled_again(cache: Path, place: int) -> None:
    expected = chainrule.load("net.graph").run(x=[[1, 2, 3]])
    (file,) = kept(cache)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None
    assert dict(chainrule.load("net.graph").run(x=[[1, 2, 3]])).keys() == dict(expected).keys()
    assert recalled(Source("net.graph", TEXT), HERE, {}) is not None, "it was written anew"


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"0" * 64 + b"\n[]", b"\xff" * 100])
def test_a_file_of_something_else_is_compiled_again(cache: Path, content: bytes) -> None:
    chainrule.load("net.graph")
    (file,) = kept(cache)
    file.write_bytes(content)
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None


def test_limits_are_part_of_the_name(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chainrule.load("net.graph")
    monkeypatch.setenv("CHAINRULE_LIMITS", "nodes=2")
    with pytest.raises(SpecError):
        chainrule.load("net.graph")


def test_an_empty_variable_keeps_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE", "")
    chainrule.load("net.graph")
    assert cache_folder() is None
    assert not cache.exists()


def test_a_folder_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert chainrule.load("net.graph").outputs == ["y"]


def test_the_oldest_are_forgotten(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec_cache, "MOST_FILES", 3)
    for number in range(6):
        Path("a.graph").write_text(f"output a = {number}\n")
        chainrule.load("a.graph")
        os.utime(max(kept(cache), key=lambda path: path.stat().st_mtime_ns), (number, number))
    assert len(kept(cache)) == 3


# --- what others may have written -------------------------------------------------------------------------------

FORGED = """
dim N
input x: [N, 2]
input t: [N, 2]
param W: [2, 2] = he()
loss = quadratic-loss(x @ W, t)
unused = quadratic-loss(x, t)
l2 = loss + unused
data d { x = [[1, 2], [3, 4], [5, 6]]; t = [[1, 2], [3, 4], [5, 6]] }
train { data = d; minimize = l2; optimizer = sgd(lr = 0.01); steps = 3 }
"""


def forge(file: Path, old: str, new: str) -> None:
    """Changes the data of a file of the cache, and its hash with them."""
    content = file.read_bytes().partition(b"\n")[2].replace(old.encode(), new.encode())
    file.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)


@pytest.mark.parametrize(
    "code", ["1 if __import__('os').system('echo code ran > PWNED') else 3)#", "__import__('os').mkdir('PWNED')"]
)
def test_no_text_becomes_code(cache: Path, code: str) -> None:
    Path("forged.graph").write_text(FORGED)
    expected = chainrule.load("forged.graph").train().last
    (file,) = kept(cache)
    before = file.read_bytes()
    for rows in ('[["N",1],0]', "[0.5]", "1"):
        forge(file, rows, json.dumps([code]))
        forge(file, rows, json.dumps(code))
        assert chainrule.load("forged.graph").train().last == expected
        assert not Path("PWNED").exists()
        file.write_bytes(before)


def test_a_users_own_files_stay(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec_cache, "MOST_FILES", 3)
    cache.mkdir()
    digest = hashlib.sha256().hexdigest()
    names = [*(f"note{number}.json" for number in range(9)), f"{digest}.json", f"{digest}.tmp", f"{digest}.0123.tmp"]
    for name in names:
        (cache / name).write_text('{"mine": 1}')
        os.utime(cache / name, (1, 1))
    for number in range(5):
        Path("a.graph").write_text(f"output a = {number}\n")
        chainrule.load("a.graph")
    assert {path.name for path in kept(cache)} > set(names)
    assert all((cache / name).read_text() == '{"mine": 1}' for name in names)
    assert len(kept(cache)) <= len(names) + 3


def test_what_a_kill_left_is_forgotten(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec_cache, "MOST_FILES", 1)
    chainrule.load("net.graph")
    (file,) = kept(cache)
    for name in ("0123456789abcdef", "4711"):  # the second as 0.1.0 called them
        litter = file.with_name(f"{file.stem}.{name}.tmp")
        litter.write_bytes(file.read_bytes()[:100])
        os.utime(litter, (1, 1))
    Path("a.graph").write_text("output a = 1\n")
    chainrule.load("a.graph")
    assert len(kept(cache)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_folder_that_others_can_write_is_not_used(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)
    assert chainrule.load("net.graph").outputs == ["y"]
    assert not kept(cache)
    cache.chmod(0o755)
    chainrule.load("net.graph")
    assert kept(cache)
    cache.chmod(0o775)
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_files_that_others_can_write_and_links_are_not_used(cache: Path) -> None:
    chainrule.load("net.graph")
    (file,) = kept(cache)
    assert recalled(Source("net.graph", TEXT), HERE, {}) is not None
    file.chmod(0o666)
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None
    file.chmod(0o600)
    file.rename(cache / "elsewhere")
    file.symlink_to(cache / "elsewhere")
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None
    file.unlink()
    os.mkfifo(file)
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None, "and it does not wait"


@pytest.mark.parametrize("content", ["[" * 100_000, "[[], " + "[" * 100_000, "1" * 5000, "[[], 1e999]", '[[["a"]], 1]'])
def test_hostile_data_are_compiled_again(cache: Path, content: str) -> None:
    chainrule.load("net.graph")
    (file,) = kept(cache)
    file.write_bytes(hashlib.sha256(content.encode()).hexdigest().encode() + b"\n" + content.encode())
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "../work/own.graph", 3, None, ["own.graph"]])
def test_names_of_used_files_that_lead_elsewhere(cache: Path, name: object) -> None:
    chainrule.load("net.graph")
    os.mkfifo("pipe")
    (file,) = kept(cache)
    forge(file, '["own.graph"', f"[{json.dumps(name)}")
    assert recalled(Source("net.graph", TEXT), HERE, {}) is None


# --- where it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({"CHAINRULE_CACHE": "here"}, "here"), ({"XDG_CACHE_HOME": "there"}, str(Path("there", "chainrule")))],
)
@pytest.mark.skipif(sys.platform != "linux", reason="each system has its own folder of caches")
def test_where_it_is(environment: dict[str, str], expected: str) -> None:
    assert str(cache_folder(environment)) == expected
