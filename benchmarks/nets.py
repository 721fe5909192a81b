"""One training step of a net of relu layers with softmax-loss, by each competitor, on the same random rows."""

from collections.abc import Callable
from itertools import count, pairwise

import numpy as np

Entry = tuple[Callable[[], object], Callable[[], object], int]
RATE = 0.001


class Task:
    """Layer sizes, initial weights and rows; `batch()` gives the next rows."""

    def __init__(self, sizes: str, batch: str, optimizer: str, threads: str) -> None:
        self.sizes = [int(size) for size in sizes.split("-")]
        self.rows, self.adam, self.threads = int(batch), optimizer == "adam", int(threads)
        generator = np.random.default_rng(0)
        self.batches = max(2, 2000 // self.rows)
        self.x = generator.random((self.batches * self.rows, self.sizes[0]), dtype="float32")
        self.x[self.x < 0.6] = 0  # as much ink as digits have
        self.t = generator.integers(self.sizes[-1], size=len(self.x))
        self.weights = [
            (generator.standard_normal(pair) * np.sqrt(2 / pair[0])).astype("float32") for pair in pairwise(self.sizes)
        ]
        self._turn = count()

    def batch(self) -> slice:
        start = next(self._turn) % self.batches * self.rows
        return slice(start, start + self.rows)


def competitor(name: str, *arguments: str) -> Entry:
    """Builds a competitor: its step, what waits for it to finish, and how many steps one call takes."""
    task = Task(*arguments)
    made = ENTRIES[name](task)
    return made if isinstance(made, tuple) else (made, lambda: None, 1)


def products(task: Task) -> Callable[[], object]:
    """The matrix products of one step and nothing else: the floor."""
    generator, jobs = np.random.default_rng(1), []
    for number, (inner, units) in enumerate(pairwise(task.sizes)):
        h, d = (generator.random((task.rows, size), dtype="float32") for size in (inner, units))
        jobs += [(h, task.weights[number]), (h.T, d)]
        if number:
            jobs.append((d, task.weights[number].T))
    outs = [np.empty((a.shape[0], b.shape[1]), "float32") for a, b in jobs]

    def step() -> None:
        for (a, b), out in zip(jobs, outs, strict=True):
            np.matmul(a, b, out=out)

    return step


def chainrule(task: Task, extra: str = "") -> Callable[[], object]:
    import chainrule

    lines = ["dim N", f"input x: [N, {task.sizes[0]}]", "input t: int[N]"]
    value = "x"
    for number, (inner, units) in enumerate(pairwise(task.sizes)):
        lines += [f"param W{number}: [{inner}, {units}] = zeros()", f"param b{number}: [{units}] = zeros()"]
        lines.append(f"a{number} = affine({value}, W{number}, b{number})")
        value = f"relu(a{number})"
    optimizer = "adam" if task.adam else "sgd"
    lines.append(f"loss = softmax-loss(a{len(task.weights) - 1}, t)")
    lines.append(f"train {{ minimize = loss ; optimizer = {optimizer}(lr = {RATE}) ; epochs = 1 {extra} }}")
    trainer = chainrule.compile("\n".join(lines) + "\n").trainer(batch=task.rows)
    for number, weights in enumerate(task.weights):
        trainer.params[f"W{number}"][...] = weights

    def step() -> object:
        rows = task.batch()
        return trainer.step(x=task.x[rows], t=task.t[rows])

    return step


def textbook(task: Task) -> Callable[[], object]:
    """As books write it: float64, a new array for every value."""
    weights = [each.astype("float64") for each in task.weights]
    biases = [np.zeros(each.shape[1]) for each in weights]
    x, one_hot = task.x.astype("float64"), np.eye(task.sizes[-1])[task.t]
    means = [[np.zeros_like(p) for p in (*weights, *biases)] for _ in range(2)]
    turn = count(1)

    def step() -> object:
        rows = task.batch()
        values = [x[rows]]
        for number, (w, b) in enumerate(zip(weights, biases, strict=True)):
            a = np.dot(values[-1], w) + b
            values.append(np.maximum(a, 0) if number < len(weights) - 1 else a)
        shares = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        loss = -np.sum(one_hot[rows] * np.log(shares + 1e-7)) / task.rows
        d = (shares - one_hot[rows]) / task.rows
        dw, db = [], []
        for number in range(len(weights) - 1, -1, -1):
            dw.insert(0, np.dot(values[number].T, d))
            db.insert(0, d.sum(axis=0))
            d = np.dot(d, weights[number].T) * (values[number] > 0)
        update([*weights, *biases], [*dw, *db])
        return loss

    def update(parameters: list[np.ndarray], gradients: list[np.ndarray]) -> None:
        steps = next(turn)
        for number, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            if not task.adam:
                p -= RATE * g
                continue
            m, v = means[0][number], means[1][number]
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= RATE * (m / (1 - 0.9**steps)) / (np.sqrt(v / (1 - 0.999**steps)) + 1e-8)

    return step


def torch(task: Task, compiled: bool = False) -> Callable[[], object]:
    import torch
    from torch import nn

    torch.set_num_threads(task.threads)
    layers: list[nn.Module] = []
    for weights in task.weights:
        layer = nn.Linear(*weights.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights.T.copy()))
            layer.bias.zero_()
        layers += [layer, nn.ReLU()]
    net, loss_of = nn.Sequential(*layers[:-1]), nn.CrossEntropyLoss()
    kind = torch.optim.Adam if task.adam else torch.optim.SGD
    optimizer = kind(net.parameters(), lr=RATE, fused=compiled)
    x, t = torch.from_numpy(task.x), torch.from_numpy(task.t)

    def forward(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return loss_of(net(x), t)

    run = torch.compile(forward) if compiled else forward

    def step() -> object:
        rows = task.batch()
        optimizer.zero_grad(set_to_none=True)
        loss = run(x[rows], t[rows])
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def jax(task: Task, scan: bool = False, fed: bool = False) -> Entry:
    """Steps one by one or in a scan; rows lie in JAX already, or are `fed` by each call."""
    import jax
    import jax.numpy as jnp

    def loss_of(parameters: list, x: jax.Array, t: jax.Array) -> jax.Array:
        for w, b in parameters[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = parameters[-1]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x @ w + b), t[:, None], 1))

    def stepped(state: tuple, batch: tuple) -> tuple:
        parameters, mean, square, steps = state
        loss, gradients = jax.value_and_grad(loss_of)(parameters, *batch)
        if not task.adam:
            return (jax.tree.map(lambda p, g: p - RATE * g, parameters, gradients), mean, square, steps), loss
        steps = steps + 1
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradients)
        square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradients)
        first, second = 1 - 0.9**steps, 1 - 0.999**steps
        parameters = jax.tree.map(
            lambda p, m, v: p - RATE * (m / first) / (jnp.sqrt(v / second) + 1e-8), parameters, mean, square
        )
        return (parameters, mean, square, steps), loss

    parameters = [(jnp.array(w), jnp.zeros(w.shape[1], "float32")) for w in task.weights]
    zeros = jax.tree.map(jnp.zeros_like, parameters) if task.adam else ()
    held = [(parameters, zeros, jax.tree.map(jnp.copy, zeros), jnp.float32(0))]
    x, t = (task.x, task.t) if fed else (jnp.asarray(task.x), jnp.asarray(task.t))
    x, t = x.reshape(task.batches, task.rows, -1), t.reshape(task.batches, task.rows)
    whole = jax.jit(lambda state, x, t: jax.lax.scan(stepped, state, (x, t)), donate_argnums=0)
    single = jax.jit(stepped, donate_argnums=0)
    batches = [(x[number], t[number]) for number in range(task.batches)]

    def step() -> object:
        if scan:
            held[0], loss = whole(held[0], x, t)
        else:
            held[0], loss = single(held[0], batches[task.batch().start // task.rows])
        return loss

    return step, lambda: jax.block_until_ready(held[0]), task.batches if scan else 1


def sklearn(task: Task) -> Entry:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        tuple(task.sizes[1:-1]), solver="adam" if task.adam else "sgd", alpha=0.0, batch_size=task.rows,
        learning_rate_init=RATE, momentum=0.0, nesterovs_momentum=False, max_iter=1, shuffle=False,
    )  # fmt: skip
    model.partial_fit(task.x, task.t, classes=np.arange(task.sizes[-1]))
    return lambda: model.partial_fit(task.x, task.t), lambda: None, task.batches


def hips(task: Task) -> Callable[[], object]:
    import autograd.numpy as anp
    from autograd import value_and_grad

    parameters = [(w.copy(), np.zeros(w.shape[1], "float32")) for w in task.weights]
    one_hot = np.eye(task.sizes[-1], dtype="float32")[task.t]

    def loss_of(parameters: list, x: np.ndarray, t: np.ndarray) -> float:
        for w, b in parameters[:-1]:
            x = anp.maximum(anp.dot(x, w) + b, np.float32(0))
        w, b = parameters[-1]
        a = anp.dot(x, w) + b
        a = a - anp.max(a, axis=1, keepdims=True)
        return (anp.sum(anp.log(anp.sum(anp.exp(a), axis=1))) - anp.sum(a * t)) * np.float32(1 / task.rows)

    both = value_and_grad(loss_of)

    def step() -> object:
        rows = task.batch()
        loss, gradients = both(parameters, task.x[rows], one_hot[rows])
        for (w, b), (dw, db) in zip(parameters, gradients, strict=True):
            w -= np.float32(RATE) * dw
            b -= np.float32(RATE) * db
        return loss

    if task.adam:
        raise SystemExit("autograd has no fused adam")
    return step


ENTRIES: dict[str, Callable[[Task], object]] = {
    "products": products,
    "chainrule": chainrule,
    "chainrule-exact": lambda task: chainrule(task, "; exact = true"),
    "jax": jax,
    "jax-scan": lambda task: jax(task, scan=True),
    "torch": torch,
    "torch-compile": lambda task: torch(task, compiled=True),
    "sklearn": sklearn,
    "autograd": hips,
    "textbook": textbook,
}
