"""From key press to new picture: `check`, `run` and `draw` of a spec that has just been changed, through the server.

`python benchmarks/play_latency.py [NODES] [EDITS]` starts `chainrule play`, opens its WebSocket as a page does, and
changes one number of a spec of 30 nodes before each of 60 answers. It prints the median and the slowest tenth, and of
the answers by themselves. Needs the extra `play`.
"""

import json
import re
import statistics
import subprocess
import sys
import time
from typing import Any


def spec_of(nodes: int, edit: int) -> str:
    """A chain with forks of so many nodes, its first number another at each edit."""
    lines = [f"input x0 = {1 + edit / 1000}", "input x1 = 0.5"]
    signs = ("{a} * {b}", "sigmoid({a})", "{a} + {b}", "tanh({b})")
    for number in range(2, nodes - 1):
        made = signs[number % 4].format(a=f"x{number - 1}", b=f"x{number - 2}")
        lines.append(f"x{number} = {made}")
    return "\n".join([*lines, f"output y = x{nodes - 2} * x{nodes - 3}", ""])


def answered(socket: Any, number: int, verb: str, text: str) -> float:
    """Milliseconds up to the answer."""
    began = time.perf_counter()
    socket.send(json.dumps({"id": number, "do": verb, "name": "bench.graph", "text": text}))
    while True:
        said = json.loads(socket.recv())
        if said.get("id") == number and said.get("done"):
            assert "failed" not in said, said
            return (time.perf_counter() - began) * 1000


def main(nodes: int, edits: int) -> None:
    from websockets.sync.client import connect

    command = [sys.executable, "-m", "chainrule", "play", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.match(r"(http://(127\.0\.0\.1:\d+))/\?token=(.*)", process.stdout.readline())
        assert found is not None
        with connect(f"ws://{found[2]}/engine?token={found[3]}", origin=found[1], max_size=1 << 26) as socket:
            answered(socket, 0, "hello", "")
            whole: list[float] = []
            parts: dict[str, list[float]] = {verb: [] for verb in ("check", "run", "draw")}
            for edit in range(edits):
                text = spec_of(nodes, edit)
                taken = {verb: answered(socket, 10 * edit + n, verb, text) for n, verb in enumerate(parts, 1)}
                for verb, milliseconds in taken.items():
                    parts[verb].append(milliseconds)
                whole.append(sum(taken.values()))
    finally:
        process.terminate()
        process.wait()
    slow = statistics.quantiles(whole, n=10)[-1]
    print(
        f"{nodes} nodes, {edits} edits: median {statistics.median(whole):.1f} ms, slowest tenth from {slow:.1f} ms on"
    )
    for verb, times in parts.items():
        print(f"  {verb:<6} median {statistics.median(times):.1f} ms")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:], *("30", "60")[len(sys.argv) - 1 :]]))
