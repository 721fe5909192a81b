"""A Python that lacks what one in a browser does: threads, signals, ctypes, locks, and what is seldom needed."""

import subprocess
import sys
from pathlib import Path

LACKING = (
    "ctypes",
    "_ctypes",
    "signal",
    "_signal",
    "fcntl",
    "msvcrt",
    "mmap",
    "multiprocessing",
    "resource",
    "ssl",
    "subprocess",
    "networkx",
    "safetensors",
)

SESSION = f"""
import sys, _thread
for name in {LACKING}:
    sys.modules[name] = None

def no_thread(*arguments, **named):
    raise RuntimeError("can't start new thread")

_thread.start_new_thread = no_thread
if hasattr(_thread, "start_joinable_thread"):
    _thread.start_joinable_thread = no_thread

import chainrule
apple = chainrule.compile("input price = 100; input count = 2; output total = price * count")
print(apple.run(price=150)["total"], apple.grad("total")["price"])

TEXT = '''dim N
input x: [N, 2]
input t: int[N]
param W: [2, 3] = normal(std = 0.1)
param b: [3] = zeros()
output scores = affine(x, W, b)
loss = softmax-loss(scores, t)
data arms {{ x = spiral("x"); t = spiral("t") }}
train {{ minimize = loss; optimizer = sgd(lr = 0.1); epochs = 2; data = arms; batch = 30 }}
'''
net = chainrule.compile(TEXT)
net.train(run="run")
again = chainrule.load("run")
row = [[1.0, 2.0]]
print(again.history.steps, (net.predict(x=row)["scores"] == again.predict(x=row)["scores"]).all())
net.train(resume="run")
print(len(net._repr_mimebundle_()["image/svg+xml"]) > 0, len(net.plot("curves").text) > 0)
"""


def test_a_session_without_threads_signals_ctypes_and_locks(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", SESSION], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert answer.stderr == ""
    assert answer.stdout.splitlines() == ["300.0 2.0", "20 True", "True True"]
