"""The nets of estimators that are given no spec, as specs."""

from string import Template

from ...compiler.graph.spec import Precision

BATCH = 64

CLASSIFIER = Template("""\
chainrule 1 "A net that tells classes apart"
## One hidden layer, enough for most small tables: bring columns to mean 0 and variance 1 before it.
use chainrule.layers

dim N, I, K                     # rows, columns, classes
const hidden = 64
input x: [N, I]
input t: int[N]                 # the class of each row
$declared

scores = x -> dense(hidden) -> relu -> dense(K)
loss = softmax-loss(scores, t$weighted)
output scores

train {
  minimize = loss
  optimizer = adam(lr = 0.01)
  epochs = 100
  batch = $batch
  report = every(1000000)       # at the end: each takes as long as an epoch of small data
  precision = $precision
}
""")

REGRESSOR = Template("""\
chainrule 1 "A net that fits numbers"
## One hidden layer, enough for most small tables: bring columns, and what is to be fitted, to mean 0 and variance 1.
use chainrule.layers

dim N, I, K                     # rows, columns, numbers to fit
const hidden = 64
input x: [N, I]
input t: [N, K]
$declared

y = x -> dense(hidden) -> relu -> dense(K)
loss = mse(y, t$weighted)
output y

train {
  minimize = loss
  optimizer = adam(lr = 0.01)
  epochs = 100
  batch = $batch
  report = every(1000000)       # at the end: each takes as long as an epoch of small data
  precision = $precision
}
""")

WEIGHT = {CLASSIFIER: "input weight: [N]               # how much each row counts", REGRESSOR: "input weight: [N, K]"}


def default_net(net: Template, rows: int, *, weighted: bool) -> str:
    """A net for so many rows, which count by weights or all alike.

    It is trained in float32, as other specs are; in float64 where a step takes all rows, which costs nothing then: rows
    that are repeated are the same as weights, to rounding.
    """
    precision: Precision = "float64" if rows <= BATCH else "float32"
    declared, given = (WEIGHT[net], ", weight = weight") if weighted else ("", "")
    return net.substitute(declared=declared, weighted=given, batch=BATCH, precision=precision)
