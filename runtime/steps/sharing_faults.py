"""Faults of trainings that are shared out over devices and processes."""

from ...grammar.diagnostic import Fault

_EXAMPLE = (
    "param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 ; backend = jax }\n"
)

FEW_DEVICES = Fault(
    "G558",
    "error",
    "{wanted} devices are asked for, and JAX has {there} here ({kind})",
    cause="A training is shared out over devices that JAX finds: accelerators, or else the processor, which is one.",
    example=_EXAMPLE,
    fix="Ask for as many as there are; on a processor XLA_FLAGS=--xla_force_host_platform_device_count=4 makes four of "
    "it, to try things out.",
)
NOT_EACH = Fault(
    "G567",
    "error",
    "devices cannot be shared evenly: {devices} of them, by {processes} processes",
    cause="Each process of a training computes on as many devices as every other.",
    example=_EXAMPLE,
    fix="Give `--devices` a number that `--processes` divides, or leave it out: all devices of each process are taken.",
)
UNEVEN = Fault(
    "G559",
    "error",
    "a batch of {batch} rows cannot be shared evenly among {devices} devices",
    cause="Each device takes as many rows of a batch as every other. (The last batch of an epoch, if it is smaller, is "
    "computed whole by each.)",
    example=_EXAMPLE,
    fix="Choose a batch that the number of devices divides.",
)
UNSPLIT = Fault(
    "G564",
    "error",
    "the {columns} columns of `{path}` cannot be split evenly among {devices} devices",
    cause="A param with `shard = columns`, or of `--columns`, is kept in parts: each device has as many of its "
    "columns, its last axis, as every other.",
    example=_EXAMPLE,
    fix="Choose a number of columns that the number of devices divides, or leave this param out of the pattern.",
)
NO_SUCH_COLUMNS = Fault(
    "G565",
    "error",
    "no param matches `--columns {pattern}`",
    cause="`--columns` takes the path of a param, or a pattern of several, in which `*` stands for any characters.",
    example=_EXAMPLE,
    fix="See the paths of the params in `chainrule show FILE`.",
)
NO_COORDINATOR = Fault(
    "G560",
    "error",
    "no coordinator at `{address}`: {reason}",
    cause="Processes that train together meet where process 0 listens. It listens there for half a minute, and the "
    "others call as long.",
    example=_EXAMPLE,
    fix="Give all processes the address of the machine that process 0 runs on, and a port that is free there: "
    "`--coordinator host:port`.",
)
NOT_ALL_CAME = Fault(
    "G561",
    "error",
    "process {missing} of {count} did not come within {seconds} s",
    cause="A training begins when all of its processes are there.",
    example=_EXAMPLE,
    fix="Start as many as `--processes` says, numbered from 0 by `--process`; see what those said that are missing.",
)
UNEQUAL = Fault(
    "G562",
    "error",
    "process {number} has other {what} than process 0",
    cause="All processes of a training compute the same steps, each on its own rows of the same data.",
    example=_EXAMPLE,
    fix="Give all of them the same spec, settings, data, versions and checkpoint.",
)
LOST = Fault(
    "G563",
    "error",
    "the training ends: {who} {how}",
    cause="A process was killed, failed or hangs, or its machine or the network did. What is left of a step cannot be "
    "computed without its rows.",
    example=_EXAMPLE,
    fix="See what that process said, and go on from the last checkpoint (`--resume`), with as many processes as there "
    "are.",
)

FAULTS = (FEW_DEVICES, NOT_EACH, UNEVEN, UNSPLIT, NO_SUCH_COLUMNS, NO_COORDINATOR, NOT_ALL_CAME, UNEQUAL, LOST)
