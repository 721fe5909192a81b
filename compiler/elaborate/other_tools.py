"""What other tools call things, and what to write instead."""

import re
from collections.abc import Collection, Mapping
from functools import cache

from ..graph.signatures import OPTIMISERS
from ..library.shipped import shipped_names, shipped_source
from ..ops.attribute import attribute_text
from ..ops.operation import Operation
from ..ops.table import OPERATIONS

_LOSS_OF_SCORES = "write `softmax-loss(scores, t)`, which takes the softmax itself"
_SCAN = "write `scan(x, cell, h0, axis = 1)`, where `cell` is a block that returns the next h"
_LAYERS = "`use chainrule.layers` brings "

OPERATIONS_ELSEWHERE: Mapping[str, str] = {
    # losses and metrics
    "write `sum((y - t) ** 2)`": "sse sum_squared_error sum_of_squared_errors sum_squares_error",
    "`mae(y, t)` is a metric; a loss with a gradient is `mean(abs(y - t))`": (
        "mean_absolute_error mae_loss l1_loss absolute_error"
    ),
    _LOSS_OF_SCORES: (
        "cross_entropy_loss softmax_cross_entropy softmax_cross_entropy_with_logits "
        "sparse_softmax_cross_entropy_with_logits softmax_with_loss nll nll_loss"
    ),
    "write `softmax-loss(scores, t)`, or `cross-entropy(p, t)` of probabilities": (
        "categorical_cross_entropy sparse_categorical_crossentropy cross_entropy_error "
        "negative_log_likelihood ce ce_loss"
    ),
    "write `sigmoid_loss(scores, t)`, which takes the sigmoid itself": (
        "bce bce_loss binary_cross_entropy log_loss logistic_loss"
    ),
    "write `mean(relu(1 - t * y))`, the targets being -1 and 1": "hinge hinge_loss",
    # arithmetic
    "write `clip(x, -1, 1)`": "hardtanh",
    "write `minimum(relu(x), 6)`": "relu6",
    "write `less(b, a)`": "gt greater greater_than",
    "write `1 - less(b, a)`": "le less_equal",
    "write `1 - less(a, b)`": "ge greater_equal",
    "write `1 - equal(a, b)`": "ne not_equal",
    "write `-floor(-x)`": "ceil",
    "write `floor(x + 0.5)`": "round rint",
    "write `sin(x) / cos(x)`": "tan",
    "write `x ** 2`": "square squared sqr",
    "write `1 / x`": "reciprocal inverse inv",
    "write `1 / sqrt(x)`": "rsqrt",
    "write `log(x) / log(10)`": "log10",
    "write `log(x) / log(2)`": "log2",
    # sums and shapes
    "write `mean((x - mean(x)) ** 2)`": "var variance",
    "write `sqrt(mean((x - mean(x)) ** 2))`": "std stddev standard_deviation",
    "write `sqrt(sum(x * x))`": "norm l2_norm",
    "write `max(abs(x))`": "inf_norm max_norm",
    "write `reshape(x, [N, 64])`; one size may be -1": "view squeeze unsqueeze expand_dims",
    "write `reshape(x, [-1])`, or `flatten(x)`, which puts each row into one axis": "ravel",
    "write `one-hot(t, 10)`, with the number of classes": "to_categorical",
    "write `one-hot(range(3), 3)`": "eye identity_matrix",
    "write `transpose(x, axes = [1, 0, 2])`": "permute moveaxis",
    "write `expand(x, [N, 3])`": "broadcast_to repeat tile",
    "a number meets every element as it is, `1 + x`; written out it is `expand(1, [N, 3])`": (
        "ones_like zeros_like full_like empty_like"
    ),
    "write `range(5) / 4`, from 0 to 1 in steps of a quarter": "linspace",
    "write `concat(a, b, axis = 1)`": "hstack column_stack",
    "a size has its own name: `dim N`, `input x: [N, 3]`": "shape size len ndim",
    # activations
    "write `-softplus(-x)`": "log_sigmoid",
    f"{_LAYERS}`gelu(x)`": "quick_gelu new_gelu",
    f"{_LAYERS}`swish(x)`, which is the same": "silu",
    f"{_LAYERS}`leaky_relu(x)`": "lrelu",
    # sequences
    _SCAN: ("foldl foldr associative_scan"),
    f"{_LAYERS}`rnn(x, units)`, and `lstm` and `gru` beside it; a cell of your own goes over a sequence by `scan`": (
        "simple_rnn rnn_cell lstm_cell gru_cell bidirectional"
    ),
    "write `scan(cell, h0, steps = 100)`, where `cell` is a block that returns the next h": (
        "for for_loop fori_loop while while_loop"
    ),
    # layers and models
    f"{_LAYERS}`dense(x, units)`": "linear fc fully_connected inner_product",
    f"{_LAYERS}`weight_penalty(W, rate)`; optimisers take `weight_decay` too": (
        "l2 l2_regularization l2_regularizer l2_penalty regularizer regularization"
    ),
    f"{_LAYERS}`batch_norm(x)`; `layer_norm` normalises each row by itself": (
        "batch_normalization batchnorm1d batchnorm2d bn"
    ),
    f"{_LAYERS}`dropout(x, rate)`": "dropout1d dropout2d",
    f"{_LAYERS}`multihead(query, key, value, heads)`": "multihead_attention",
    "a state keeps it: `state seen = 0`, and `next seen = 0.9 * seen + 0.1 * m`": (
        "running_mean running_var moving_average exponential_moving_average ema register_buffer"
    ),
    "a value in steps and another one elsewhere is `in_training(a, b)`": "training is_training model_training",
    f"{_LAYERS}`conv2d(x, filters, size)`; with weights of your own it is `conv(x, W, b)`": (
        "convolution convolution2d conv_layer"
    ),
    "write `max_pool(x, 2)`": "maxpool max_pool2d max_pooling2d",
    "write `mean_pool(x, 2)`": "avg_pool avg_pool2d average_pooling2d",
    "a chain is written `x -> dense(100) -> relu -> dense(10)`": "sequential model module",
    "write `input x: [N, 3]`, a statement of its own": "placeholder tensor",
    "write `param W: [3, 2] = he()`, a statement of its own": "parameter variable",
    "random values start a param, `param W: [3, 2] = normal(std = 0.1)`; drawn anew in each step are `uniform_like(x)` "
    "and `normal_like(x)`": "randn rand random random_normal random_uniform bernoulli randint",
    "a derivative is written `d(y)/d(x)`, in `expect` alone; the verb `grad` shows all of them": (
        "grad gradient gradients backward diff derivative jacobian"
    ),
}
"""What to write, and what others call it: for what is lacking here, or needs more words than a call. Other names of an
operation stand in its record."""

INITIALISERS_ELSEWHERE: Mapping[str, str] = {
    "write `xavier()`": "xavier_uniform xavier_normal",
    "write `glorot()`": "glorot_uniform glorot_normal",
    "write `he()`": "kaiming kaiming_uniform kaiming_normal he_uniform he_normal msra",
    "write `lecun()`": "lecun_uniform lecun_normal",
    "write `normal(std = 0.1)`": "randn random_normal gaussian truncated_normal rand_normal",
    "write `uniform(low = -1, high = 1)`": "rand random random_uniform",
    "write the number itself: `param b: [3] = 0.1`": "constant full fill",
    "write `zeros()`": "zero zeros_like",
    "write `ones()`": "one ones_like",
}
"""Initialisers."""

SETTINGS_ELSEWHERE: Mapping[str, str] = {
    "write `sgd(lr = 0.1)`": "gradient_descent gd batch_gradient_descent",
    "write `nesterov(lr = 0.1)`": "nag",
    "write `momentum(lr = 0.1)`": "heavy_ball sgd_momentum",
    "write `step(every = 100, factor = 0.1)`": "step_lr",
    "write `piecewise(at = [30, 60], factors = [0.1, 0.01])`": "multistep_lr piecewise_constant multi_step",
    "write `one_cycle(peak = 10)`": "one_cycle_lr onecycle",
    "write `cosine()`": "cosine_annealing cosine_annealing_lr cosine_decay",
    "write `exponential(factor = 0.99)`": "exponential_lr exponential_decay",
    "write `early(patience = 10)`": "early_stopping patience",
}
"""Optimisers, schedules and stop rules."""

READERS_ELSEWHERE: Mapping[str, str] = {
    'write `csv("rows.csv", "column")`': "read_csv load_csv loadtxt genfromtxt",
    'write `npy("x.npy")`, or `npz("rows.npz", "x")`': "load np_load",
    'write `dataset("mnist5k", "x")`': "mnist load_mnist load_digits",
    'write `dataset("iris", "x")`': "load_iris",
    'write `moons("x")`': "make_moons",
    'write `circles("x")`': "make_circles",
    "write `standardize(c)`": "standard_scaler z_score normalize normalise whiten standardise",
    "write `scale(c, low = 0, high = 1)`": "min_max_scaler min_max min_max_scale rescale",
    "write `fill(c, mean)`": "fillna impute imputer simple_imputer coalesce nan_to_num",
    "write `one_hot(c)`": "get_dummies dummies one_hot_encoder to_categorical",
    "a column of texts becomes class numbers by itself": "label_encoder ordinal_encoder factorize",
}
"""Readers and generators of data."""

KEYS_ELSEWHERE: Mapping[str, str] = {
    "write `minimize`": "loss objective criterion cost loss_function",
    "the rate stands in the optimiser: `optimizer = sgd(lr = 0.1)`": "lr learning_rate rate alpha",
    "write `epochs`": "num_epochs n_epochs max_epochs",
    "write `steps`": "iterations num_steps max_steps n_iter max_iter",
    "write `batch`": "batch_size mini_batch",
    "write `hold_out`": "test_size test_split",
    "write `rows`": "train_size max_samples n_samples",
    "write `validate`": "validation_split val_split validation_data validation_size val_size",
    "write `schedule`": "scheduler lr_schedule lr_scheduler",
    "write `stop = early(patience = 10)`": "early_stopping callbacks patience",
    "write `accumulate`": "accumulate_grad_batches gradient_accumulation_steps accumulation_steps accum_steps",
    "write `seed`": "random_state random_seed",
    "write `precision`": "dtype",
    'write `groups = [group("base.*", frozen = true)]`': "freeze frozen requires_grad trainable trainable_variables",
    'write `groups = [group("*.b", weight_decay = 0)]`': "param_groups parameter_groups params no_decay",
    "write `report`": "log_every log_interval verbose",
}
"""Keys of `train`."""

ARGUMENTS_ELSEWHERE: Mapping[str, str] = {
    "axis": "dim dims reduction_indices",
    "keepdims": "keepdim keep_dims",
    "low": "min a_min min_value clip_value_min",
    "high": "max a_max max_value clip_value_max",
    "c": "condition cond mask",
    "weight": "weights sample_weight sample_weights class_weight class_weights",
    "smoothing": "label_smoothing",
    "delta": "beta",
    "threshold": "cutoff cut_off",
    "sep": "delimiter delim separator sep_char field_separator",
    "decimal": "dec decimal_mark decimal_point",
    "thousands": "thousands_sep grouping grouping_mark big_mark",
    "encoding": "charset codec file_encoding",
    "missing": "na_values na na_strings missing_values null_values nan_values nulls",
    "header": "has_header header_row",
    "column": "usecols columns col field",
}
"""Arguments of operations and readers, by the name that they have here."""

LACKING_ARGUMENTS: Mapping[str, str] = {
    "lines above the header begin with `#`, or are left out of the file": "skiprows skip_rows skip skip_header comment",
    'a field is quoted with `"` and one inside is doubled': "quotechar quote quoting quote_char escapechar",
    "a column of texts goes to an `int` input as class numbers, one of numbers to either": "dtype dtypes col_types",
    "an index takes rows of a column, `csv(...)[0:1000]`; `train` has `rows`": "nrows n_rows skipfooter n_max",
    "columns are counted and named; no column numbers the rows": "index_col row_names",
}
"""What there is in place of arguments of readers that have no counterpart."""


TABLES: Mapping[str, Mapping[str, str]] = {
    "operations": OPERATIONS_ELSEWHERE,
    "initialisers": INITIALISERS_ELSEWHERE,
    "settings": SETTINGS_ELSEWHERE,
    "readers": READERS_ELSEWHERE,
    "keys": KEYS_ELSEWHERE,
}


def argument_elsewhere(name: str, parameters: Collection[str]) -> str | None:
    """What to write for an argument that other tools have, where one of the parameters is that."""
    key = _plain(name)
    found = (own for own, names in ARGUMENTS_ELSEWHERE.items() if key in map(_plain, names.split()))
    written = next((f"write `{own} = ...`" for own in found if own in parameters), None)
    lacking = LACKING_ARGUMENTS.items() if "sep" in parameters else ()
    return written or next((hint for hint, names in lacking if key in map(_plain, names.split())), None)


def elsewhere(name: str, kind: str) -> str | None:
    """What to write for a name that other tools have, `nn.MSELoss` or `mean_squared_error`; None where it is none.

    `kind` is one of the tables.
    """
    key = _plain(name)
    if kind == "operations" and key == "scan":
        return _SCAN
    if kind == "operations" and key == "crossentropy" and "." in name:  # others' takes scores, ours probabilities
        return _LOSS_OF_SCORES
    own = _own_spelling(key) if kind == "operations" else None
    return own or _by_name(kind).get(key)


@cache
def _by_name(kind: str) -> Mapping[str, str]:
    hints = {_plain(name): hint for hint, names in TABLES[kind].items() for name in names.split()}
    for operation in OPERATIONS.values() if kind == "operations" else ():
        hints |= {_plain(name): f"write `{_called(operation)}`" for name in operation.advice.other_names.split()}
    return hints


def _called(operation: Operation) -> str:
    """An operation as a spec writes it."""
    if operation.words.sign:
        return operation.formula
    written = (each for each in operation.attributes if each.written and each.default not in (None, False))
    needed = (each.name for each in operation.attributes if each.written and each.required)
    settings = (f"{each.name} = {attribute_text(each.default)}" for each in written)
    given = (*operation.parameters, *needed, *settings)
    return f"{operation.name}({', '.join(given)})"


def _own_spelling(key: str) -> str | None:
    """An operation or a layer of the library that is only written otherwise: `np.exp`, `ReLU`, `LogSoftmax`."""
    for operation in OPERATIONS.values():
        if operation.written and _plain(operation.name) == key:
            return f"write `{operation.name}(...)`"
    if key in OPTIMISERS:
        return f"an optimiser stands in `train`: `optimizer = {key}(lr = 0.1)`"
    layer = next((each for each in layers() if _plain(each) == key), None)
    return f"{_LAYERS}`{layer}`" if layer else None


def _plain(name: str) -> str:
    """A name without the module before it, small, and without `_` and `-`."""
    return re.sub("[-_]", "", name.rpartition(".")[2].lower())


@cache
def layers() -> tuple[str, ...]:
    """The blocks of the shipped library."""
    texts = (shipped_source(name).text for name in shipped_names())
    return tuple(name for text in texts for name in re.findall(r"^block (\w+)", text, re.MULTILINE))
