"""Random specs of the whole language, most of them right or nearly: what mutations begin from."""

import random
import re
from typing import NamedTuple

Shape = tuple[object, ...]
"""Sizes: numbers, or names of dims and constants."""

ALONE = ("relu", "tanh", "sigmoid", "exp", "abs", "sign", "sin", "cos", "softplus", "-", "log1p", "expm1", "floor",
         "detach", "identity", "softmax", "log-softmax", "uniform_like", "normal_like", "erf", "cumsum")  # fmt: skip
PAIRS = ("+", "-", "*", "/", "@", "**")
CALLED_PAIRS = ("maximum", "minimum", "less", "equal", "in_training", "mse", "quadratic-loss", "huber", "matmul")
REDUCTIONS = ("sum", "mean", "max", "min", "argmax", "argmin", "logsumexp", "prod")
LAYERS = ("dense(3)", "dense(2, init = xavier)", "layer_norm", "dropout(0.3)", "swish", "residual", "mlp(2, 1, 3)",
          "gelu", "project(2)", "elu", "logistic(2)")  # fmt: skip
INDICES = ("0", "-1", ":", "::-1", "1:", ":-1", "..., 0", "0, ...", ":, 0", ":, ::-1", "0:2", ":, 1:", "N", "1 - 1")
NAMES = ("a", "h", "y", "δ", "오차", "w₁", "take", "max", "state", "next", "like")
GROUPS = ('groups = [group("*", weight_decay = 0)]', 'groups = [group("a*", frozen = true), group("*", lr = 0.1)]')
PATHS = (".W", ".W", ".b", ".b", "[1].W", "[2]", ".m", ".dense.W", "[1].net.W")
STARTS = ("zeros()", "ones()", "he()", "normal(std = 0.1)", "uniform(low = -1)", "xavier()", "lecun()")


PRELUDE = {
    r"dense|layer_norm|dropout|swish|residual|mlp|gelu|project|elu\(|logistic": "use chainrule.layers",
    r"\bk\b": "const k = 2",
    r"\bx\b": "input x: [N, 3]",
    r"\bv\b": "input v: [3]",
    r"\bs\b": "input s: [N, 4, 3]",
    r"\bt\b": "input t: int[N]",
    r"\bcell\b": "block cell(h, r) { param W: [3, 3] = xavier() ; return tanh(r + h @ W) }",
    r"\btwo\b": "block two(h, c, r) { return h + r, c * r }",
    r"\bnet\b": """block net(x: [..., I], units = 2, ending = relu) {
  param W: [I, units] = he()
  param b: [units] = zeros()
  return ending(affine(x, W, b, flatten = false))
}""",
    r"\bseen\b": """block seen(x: [N, C, ...], rate = 0.9) {
  state m: [C] = zeros()
  next m = rate * m + (1 - rate) * mean(reshape(x, [N, C, -1]), axis = [0, 2])
  return in_training(x, x * sum(m))
}""",
}
"""Lines that a spec has which uses what they declare."""


class Value(NamedTuple):
    """A name that a spec has, or an expression, and its shape."""

    text: str
    shape: Shape


class Fragment:
    """One spec in the making, some five lines of it."""

    def __init__(self, chosen: random.Random) -> None:
        self.chosen = chosen
        self.lines: list[str] = []
        self.values = [Value("x", ("N", 3)), Value("v", (3,)), Value("s", ("N", 4, 3))]
        self.params: list[Value] = []
        self.calls: list[str] = []
        self.count = 0

    def text(self) -> str:
        """What is used of the prelude stands before the rest."""
        choice, some = self.chosen.choice, self.chosen.random
        ways = [self._node, self._node, self._node, self._parameter, self._call, self._scan, self._state, self._path]
        if some() < 0.05:
            ways += [self._layer] * 4
        for _ in range(choice((1, 1, 2, 2, 3, 5))):
            choice(ways)()
        if some() < 0.4:
            self._end()
        body = "\n".join(self.lines)
        prelude = [line for word, line in PRELUDE.items() if re.search(word, body)]
        dims = ["dim N"] if "N" in body + "".join(prelude) else []
        header = ["chainrule 1"] if some() < 0.2 else []
        return "\n".join([*header, *dims, *prelude, body]) + "\n"

    def _fresh(self) -> str:
        self.count += 1
        return f"{self.chosen.choice(NAMES)}{self.count}"

    def _parameter(self) -> None:
        name, shape = self._fresh(), self.chosen.choice(((3, 3), (3,), (), (4, 3), (3, "k")))
        start = self.chosen.choice(STARTS) if shape else "0.5"
        size = f": [{', '.join(map(str, shape))}]" if shape else ""
        self.lines.append(f"param {name}{size} = {start}")
        value = Value(name, shape)
        self.params.append(value)
        self.values.append(value)

    def _node(self) -> None:
        value = self.expression(self.chosen.choice((1, 2, 2, 3)))
        name = self._fresh()
        self.lines.append(f"{self.chosen.choice(('', '', '', 'output '))}{name} = {value.text}")
        self.values.append(Value(name, value.shape))

    def _call(self) -> None:
        name, x = self._fresh(), self.chosen.choice(self.values)
        like = f" like {self.chosen.choice(self.calls)}" if self.calls and self.chosen.random() < 0.4 else ""
        units = self.chosen.choice(("", "", "(3)", "(units = k)", "(2, tanh)", "(2, ending = identity)"))
        count = self.chosen.choice(("", "", "", "repeat 2 { net(3) }", "repeat k { net(3) -> relu } as deep"))
        net = "seen" if len(x.shape) > 1 and self.chosen.random() < 0.2 else count or f"net{units}"
        self.lines.append(f"{name} = {x.text} -> {net}{like}")
        self.calls.append(name)
        self.values.append(Value(name, (*x.shape[:-1], 3 if "3" in units or count else 2)))

    def _layer(self) -> None:
        name, x = self._fresh(), self.chosen.choice(self.values)
        layer = self.chosen.choice(LAYERS)
        as_name = self.chosen.choice(("", "", f" as {name}_layer"))
        self.lines.append(f"{name} = {x.text} -> {layer}{as_name}")
        self.calls.append(f"{name}_layer" if as_name else name)
        self.values.append(Value(name, x.shape))

    def _scan(self) -> None:
        name = self._fresh()
        start = "expand(0, [N, 3])"
        text = self.chosen.choice((
            f"{name} = scan(s, cell, {start}, axis = 1)",
            f"{name} = scan(s, cell, {start}, axis = 1, reverse = true)",
            f"{name}, {name}c = scan(s, two, {start}, {start}, axis = 1)",
            f"{name} = scan(net, {start}, steps = 3, units = 3)",
            f"{name} = scan([v, v], cell, v, axis = 0)",
        ))  # fmt: skip
        self.lines.append(text)
        self.calls.append(name)
        self.values.append(Value(self.chosen.choice((name, f"({name})")), ("N", 4, 3)))

    def _state(self) -> None:
        if not self.params:
            self._parameter()
        name, value = self._fresh(), self.chosen.choice(self.params)
        size = f": [{', '.join(map(str, value.shape))}]" if value.shape else ""
        start = self.chosen.choice((value.text, "zeros()" if size else "0", "ones()" if size else "1"))
        self.lines.append(f"state {name}{size if start != value.text else ''} = {start}")
        if self.chosen.random() < 0.8:
            added = self.chosen.choice(("0.1", value.text, f"0.1 * {value.text}"))
            self.lines.append(f"next {name} = 0.9 * {name} + {added}")
        self.values.append(Value(name, value.shape))

    def _path(self) -> None:
        if not self.calls:
            return self._node()
        name, of = self._fresh(), self.chosen.choice(self.calls)
        path = f"({of})[0]" if self.chosen.random() < 0.2 else of + self.chosen.choice(PATHS)
        self.lines.append(f"{name} = sum({path})")
        self.values.append(Value(name, ()))
        return None

    def _end(self) -> None:
        choice = self.chosen.choice
        rows = [value.text for value in self.values if len(value.shape) == 2 and value.shape[0] == "N"] or ["x"]
        loss = choice((f"sum({self.expression(1).text})", f"mean({choice(self.values).text} ** 2)", "sum(v)",
                       f"softmax-loss({choice(rows)}, t, smoothing = 0.1)"))  # fmt: skip
        self.lines.append(f"loss = {loss}")
        if trains := choice((True, False)):
            groups = choice(("", "", *GROUPS)) if self.params else ""
            data = choice(("", "", "data rows { x = range(6) ; t = range(2) }\n"))
            optimiser = choice(("sgd(lr = 0.1)", "adam()", "momentum(lr = 0.1)"))
            self.lines.append(f"{data}train {{ minimize = loss ; optimizer = {optimiser} ; steps = 2 ; {groups} }}")
        for _ in range(choice((0, 1, 2))):
            of = choice(self.values).text
            index = choice(("", "", f"[{choice(INDICES)}]"))
            claimed = choice((f"d(loss)/d({of}{index})", f"{of}{index}", f"d(loss)/d({of}){index}"))
            after = choice(("", " within 1e-3", " after train" if trains else ""))
            self.lines.append(f"expect {claimed} == {choice(('0', '[0, 1]', 'v'))}{after}")

    # --- expressions ------------------------------------------------------------------------------------------------

    def expression(self, depth: int) -> Value:
        choice = self.chosen.choice
        if depth <= 0:
            return choice([*self.values[-4:], *self.values, Value(choice(("1", "0.5", "k", "2", "N")), ())])
        x = self.expression(depth - 1)
        way = self.chosen.randrange(10)
        if way < 2:
            return Value(f"{choice(ALONE)}({x.text})", x.shape)
        if way < 4:
            return self._pair(x, depth)
        if way == 4 and x.shape:
            return self._reduced(x)
        if way == 5 and x.shape:
            return self._indexed(x)
        if way == 6:
            return self._arranged(x)
        if way == 7:
            return Value(f"[{x.text}, {x.text}]", (2, *x.shape))
        if way == 8:
            return Value(f"where(less({x.text}, 0.5), {x.text}, {choice(('0', x.text))})", x.shape)
        return Value(f"clip({x.text}, 0, 1)" if choice((0, 1)) else f"({x.text})", x.shape)

    def _pair(self, x: Value, depth: int) -> Value:
        choice = self.chosen.choice
        same = [value for value in self.values if value.shape == x.shape or not value.shape]
        y = choice(same) if same and self.chosen.random() < 0.9 else self.expression(depth - 1)
        if choice((True, True, False)):
            return Value(f"({x.text} {choice(PAIRS)} {y.text})", x.shape)
        return Value(f"{choice(CALLED_PAIRS)}({x.text}, {y.text})", x.shape)

    def _reduced(self, x: Value) -> Value:
        axis = self.chosen.randrange(-len(x.shape), len(x.shape))
        way = self.chosen.randrange(4)
        name = self.chosen.choice(REDUCTIONS)
        if way == 0:
            return Value(f"{name}({x.text})", ())
        place = axis % len(x.shape)
        if way == 1:
            kept = (*x.shape[:place], 1, *x.shape[place + 1 :])
            return Value(f"{name}({x.text}, axis = {axis}, keepdims = true)", kept)
        written = f"[{axis}]" if way == 2 else f"{axis}"
        return Value(f"{name}({x.text}, axis = {written})", (*x.shape[:place], *x.shape[place + 1 :]))

    def _indexed(self, x: Value) -> Value:
        index = self.chosen.choice(INDICES)
        around = x.text if x.text.replace("_", "").isalnum() or x.text.endswith(")") else f"({x.text})"
        shape = x.shape[1:] if index in ("0", "-1", "0, ...") else x.shape[:-1] if index == "..., 0" else x.shape
        return Value(f"{around}[{index}]", shape)

    def _arranged(self, x: Value) -> Value:
        rank = len(x.shape)
        axes = list(range(rank))
        self.chosen.shuffle(axes)
        first = x.shape[0] if x.shape else 1
        return self.chosen.choice((
            Value(f"transpose({x.text})", (*x.shape[:-2], *reversed(x.shape[-2:]))),
            Value(f"transpose({x.text}, axes = {axes})", tuple(x.shape[axis] for axis in axes)),
            Value(f"reshape({x.text}, [{first}, -1])", (first, 3)),
            Value(f"reshape({x.text}, [..., 3])", x.shape),
            Value(f"expand({x.text}, [2, {', '.join(map(str, x.shape)) or '1'}])", (2, *(x.shape or (1,)))),
            Value(f"concat({x.text}, {x.text}, axis = -1)", (*x.shape[:-1], 6)),
            Value(f"take({x.text}, [0, 1, 0])", (3, *x.shape[1:])),
            Value(f"take(v, {self.chosen.choice(('t', 'argmax(x, axis = 1)', 'range(N)'))})", ("N",)),
            Value(f"pad({x.text}, {[1] * rank})", x.shape),
            Value(f"pad({x.text}, {[[0, 1]] * rank}, value = -1)", x.shape),
            Value(f"range({first})", (first,)),
            Value(f"stack({x.text}, {x.text}, axis = -1)", (*x.shape, 2)),
            Value(f"max_pool(reshape({x.text}, [N, 1, -1]), 2)", ("N", 1, 1)),
        ))  # fmt: skip
