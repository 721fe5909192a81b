"""A competitor's process: warms up, then takes as many steps as each line of its input says and prints the seconds."""

import os
import sys
import time
import warnings

warnings.simplefilter("ignore")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print goes elsewhere

clock, kind, name, *arguments = sys.argv[1:]
now = time.process_time if clock == "processor" else time.perf_counter
if kind == "nets":
    from nets import competitor
else:
    from scalars import competitor

step, finish, steps_each = competitor(name, *arguments)
for _ in range(3):
    step()
finish()
print("ready", file=answers, flush=True)
for line in sys.stdin:
    count = int(line)
    calls = max(1, -(-count // steps_each))
    began = now()
    for _ in range(calls):
        step()
    finish()
    taken = now() - began
    print(taken * count / (calls * steps_each), file=answers, flush=True)
