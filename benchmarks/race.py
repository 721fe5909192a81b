"""Races chainrule against others on this machine: one live process each, timed in turn."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
HOME = Path(os.environ.get("CHAINRULE_RACE", "~/.cache/chainrule/race")).expanduser()
PACKAGES = ("numpy", "torch", "jax", "scikit-learn", "autograd", "micrograd", "threadpoolctl")
NETS = "products chainrule chainrule-exact jax jax-scan torch torch-compile sklearn autograd textbook".split()  # noqa: SIM905  # a list of names


@dataclass(frozen=True)
class Case:
    """One race: who runs, and on what. The first name is what the others are compared with."""

    kind: str
    competitors: tuple[str, ...]
    arguments: tuple[str, ...]
    threads: int = 1


def _net(batch: int, optimizer: str = "sgd", sizes: str = "784-100-64-32-10", threads: int = 1) -> Case:
    names = NETS if optimizer == "sgd" else [name for name in NETS if name not in ("products", "chainrule-exact")]
    return Case("nets", tuple(names), (sizes, str(batch), optimizer, str(threads)), threads)


CASES = {
    "mlp-100": _net(100),
    "mlp-1": _net(1),
    "mlp-32": _net(32),
    "mlp-1000": _net(1000),
    "wide-100": _net(100, sizes="784-1024-1024-10"),
    "mlp-100-adam": _net(100, "adam"),
    "mlp-100-two-threads": _net(100, threads=2),
    "mlp-1000-two-threads": _net(1000, threads=2),
    "apple": Case("scalars", ("chainrule", "micrograd", "torch"), ("apple",)),
    "scalars-1000": Case("scalars", ("chainrule", "micrograd", "torch"), ("chain",)),
    "scalars-1000-every": Case("scalars", ("chainrule", "micrograd", "torch"), ("chain-every",)),
    "scalars-1000-tangle": Case("scalars", ("chainrule", "micrograd", "torch"), ("tangle",)),
}
USUAL = ("mlp-100", "mlp-1", "mlp-100-adam", "apple", "scalars-1000")


class Competitor:
    """A live process that takes a number of steps when asked, and says how long they took."""

    def __init__(self, python: Path, name: str, case: Case, clock: str) -> None:
        cpus = sorted(os.sched_getaffinity(0))[: case.threads]
        self.name = name
        self.process = subprocess.Popen(
            [str(python), str(HERE / "worker.py"), clock, case.kind, name, *case.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(case.threads, chosen=case.threads == 1 or not name.startswith("chainrule")),
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        self.seconds: list[float] = []

    def ready(self) -> bool:
        """Waits until it has warmed up; False if it failed."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip() == "ready"

    def take(self, steps: int) -> float:
        """Seconds a step."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline()) / steps

    def failure(self) -> str:
        assert self.process.stderr is not None
        self.process.kill()
        return (self.process.stderr.read().strip().splitlines() or ["no answer"])[-1]


def _environment(threads: int, *, chosen: bool = True) -> dict[str, str]:
    """The variables of a process; with several threads chainrule chooses itself, up to as many as there are CPUs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        kept.pop(name, None)
        if chosen:
            kept[name] = str(threads)
    kept["JAX_PLATFORMS"] = "cpu"
    if threads == 1:
        kept["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return kept


def race(python: Path, case: Case, asked: argparse.Namespace) -> dict[str, dict[str, float | str]]:
    """Runs a case; seconds a step by competitor, or why there are none."""
    clock = asked.clock if case.threads == 1 else "wall"
    entered = [
        Competitor(python, name, case, clock) for name in case.competitors if not asked.only or name in asked.only
    ]
    running = [each for each in entered if each.ready()]
    results: dict[str, dict[str, float | str]] = {
        each.name: {"failed": each.failure()} for each in entered if each not in running
    }
    for each in running:
        each.take(30)  # the first steps are slow
    counts = {each.name: max(1, int(asked.seconds / max(each.take(10), 1e-7))) for each in running}
    for _ in range(asked.rounds):
        for each in running:
            each.take(max(1, counts[each.name] // 20))  # the others have taken its caches
            each.seconds.append(each.take(counts[each.name]))
    for each in running:
        results[each.name] = {"least": min(each.seconds), "median": statistics.median(each.seconds)}
        assert each.process.stdin is not None
        each.process.stdin.close()
        each.process.wait(10)
    return results


def table(name: str, case: Case, results: dict[str, dict[str, float | str]]) -> str:
    """A case's results as markdown, the quickest first."""
    first = next((each for each in case.competitors if each in results), "")
    base = results.get(first, {})
    lines = [f"### {name}", "", f"| competitor | least | median | / {first} |", "|---|---:|---:|---:|"]
    done = {key: value for key, value in results.items() if "median" in value}
    for key, value in sorted(done.items(), key=lambda item: float(item[1]["median"])):
        least, median = float(value["least"]) * 1e6, float(value["median"]) * 1e6
        ratio = f"{float(value['median']) / float(base['median']):.2f}" if "median" in base else ""
        lines.append(f"| {key} | {least:,.1f} us | {median:,.1f} us | {ratio} |")
    lines += [f"| {key} | {value['failed']} | | |" for key, value in results.items() if "failed" in value]
    return "\n".join(lines) + "\n"


def built() -> Path:
    """The Python of the race's own environment, which is made where it is missing."""
    python = HOME / "bin" / "python"
    if not (HOME / "complete").exists():
        print(f"building {HOME}", flush=True)
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-e", str(HERE.parent)], check=True)
        (HOME / "complete").touch()
    return python


def machine(python: Path) -> str:
    """What the figures hang on."""
    code = (
        "import json, importlib.metadata as m, numpy, threadpoolctl\n"
        f"print(json.dumps([{{p: m.version(p) for p in {PACKAGES!r}}}, threadpoolctl.threadpool_info()]))"
    )
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, env=_environment(1))
    versions, pools = json.loads(answer.stdout)
    kernels = ", ".join(f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}" for pool in pools)
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.machine()}; {listed}; {kernels}"


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append", choices=CASES, help="may be repeated")
    parser.add_argument("--only", action="append", help="a competitor; may be repeated")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.1, help="how long each runs in a round")
    parser.add_argument(
        "--clock", choices=("wall", "processor"), default="wall",
        help="the processor's time, for cases of one thread, where other work shares the CPUs",
    )  # fmt: skip
    parser.add_argument("--markdown", type=Path, help="write the tables there as well")
    parser.add_argument("--json", type=Path, help="add the results to this file, for picture.py")
    parser.add_argument("--python", type=Path, help="an environment that has all competitors already")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    if asked.list:
        sys.exit("\n".join(CASES))
    python = asked.python or built()
    texts = [machine(python) + "\n"]
    print(texts[0], flush=True)
    for name in asked.case or USUAL:
        results = race(python, CASES[name], asked)
        texts.append(table(name, CASES[name], results))
        print(texts[-1], flush=True)
        if asked.json:
            known = json.loads(asked.json.read_text(encoding="utf-8")) if asked.json.exists() else {}
            asked.json.write_text(json.dumps({**known, name: results}, indent=1) + "\n", encoding="utf-8")
    if asked.markdown:
        asked.markdown.write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
