"""What appends nodes to a graph. Made by `python -m chainrule.compiler.ops.methods`: edit that instead."""

from abc import ABC, abstractmethod

from ..shape import Shape, Size, Type
from .attribute import Attributes
from .operation import Reference


class Builder(ABC):
    """Appends nodes to a graph, and computes nothing. Types are inferred as nodes are appended. Raises shape.Clash.

    `builder.mul(g, x)` appends the operation of that name (hyphens as underscores; attributes by keyword) and returns
    its reference.
    """

    @abstractmethod
    def type(self, reference: Reference) -> Type:
        """The type of a node."""

    @abstractmethod
    def constant(self, value: float) -> Reference:
        """A real scalar constant."""

    @abstractmethod
    def size(self, size: Size) -> Reference:
        """A size as a real scalar."""

    @abstractmethod
    def make(self, name: str, operands: tuple[Reference, ...], attributes: Attributes = ()) -> Reference:
        """The operation of that name, all of its attributes given."""

    def add(self, a: Reference, b: Reference) -> Reference:
        """a + b"""
        return self.make("add", (a, b))

    def sub(self, a: Reference, b: Reference) -> Reference:
        """a - b"""
        return self.make("sub", (a, b))

    def mul(self, a: Reference, b: Reference) -> Reference:
        """a * b"""
        return self.make("mul", (a, b))

    def div(self, a: Reference, b: Reference) -> Reference:
        """a / b"""
        return self.make("div", (a, b))

    def neg(self, x: Reference) -> Reference:
        """-x"""
        return self.make("neg", (x,))

    def exp(self, x: Reference) -> Reference:
        """e ** x"""
        return self.make("exp", (x,))

    def log(self, x: Reference) -> Reference:
        """ln x"""
        return self.make("log", (x,))

    def abs(self, x: Reference) -> Reference:
        """|x|"""
        return self.make("abs", (x,))

    def ratio(self, a: Reference, b: Reference) -> Reference:
        """a / b, and 0 where a is 0"""
        return self.make("ratio", (a, b))

    def pow(self, a: Reference, b: Reference) -> Reference:
        """a ** b"""
        return self.make("pow", (a, b))

    def sqrt(self, x: Reference) -> Reference:
        """x ** (1/2)"""
        return self.make("sqrt", (x,))

    def pow_slope(self, a: Reference, b: Reference, *, order: int = 1) -> Reference:
        """b (b - 1) ... (b - order + 1) * a ** (b - order), and 0 where that factor is 0"""
        return self.make("pow-slope", (a, b), (order,))

    def pow_log(self, a: Reference, b: Reference, *, order: int = 1) -> Reference:
        """a ** b * log(a) ** order, and 0 where a is 0 and b above 0"""
        return self.make("pow-log", (a, b), (order,))

    def relu(self, x: Reference) -> Reference:
        """max(x, 0)"""
        return self.make("relu", (x,))

    def sigmoid(self, x: Reference) -> Reference:
        """1 / (1 + exp(-x))"""
        return self.make("sigmoid", (x,))

    def tanh(self, x: Reference) -> Reference:
        """(exp(x) - exp(-x)) / (exp(x) + exp(-x))"""
        return self.make("tanh", (x,))

    def softplus(self, x: Reference) -> Reference:
        """log(1 + exp(x))"""
        return self.make("softplus", (x,))

    def softmax(self, x: Reference) -> Reference:
        """exp(x) / sum(exp(x)) along the last axis"""
        return self.make("softmax", (x,))

    def log_softmax(self, x: Reference) -> Reference:
        """x - log(sum(exp(x))) along the last axis"""
        return self.make("log-softmax", (x,))

    def relu_gradient(self, g: Reference, y: Reference) -> Reference:
        """g where y is above 0, else 0"""
        return self.make("relu-gradient", (g, y))

    def sigmoid_slope(self, x: Reference) -> Reference:
        """sigmoid(x) * sigmoid(-x)"""
        return self.make("sigmoid-slope", (x,))

    def tanh_slope(self, x: Reference) -> Reference:
        """1 - tanh(x) ** 2"""
        return self.make("tanh-slope", (x,))

    def matmul(self, a: Reference, b: Reference) -> Reference:
        """a @ b"""
        return self.make("matmul", (a, b))

    def affine(self, x: Reference, W: Reference, b: Reference) -> Reference:
        """x @ W + b"""
        return self.make("affine", (x, W, b))

    def outer(self, a: Reference, b: Reference) -> Reference:
        """a transposed times b"""
        return self.make("outer", (a, b))

    def sum(self, x: Reference, *, axis: int | None = None) -> Reference:
        """x1 + x2 + ..."""
        return self.make("sum", (x,), (axis,))

    def mean(self, x: Reference, *, axis: int | None = None) -> Reference:
        """(x1 + ... + xn) / n"""
        return self.make("mean", (x,), (axis,))

    def identity(self, x: Reference) -> Reference:
        """x"""
        return self.make("identity", (x,))

    def flatten(self, x: Reference) -> Reference:
        """x as [N, -1]"""
        return self.make("flatten", (x,))

    def transpose(self, x: Reference) -> Reference:
        """x with its last two axes swapped"""
        return self.make("transpose", (x,))

    def one_hot(self, t: Reference, *, classes: int) -> Reference:
        """1 at the class number, else 0"""
        return self.make("one-hot", (t,), (classes,))

    def real(self, x: Reference) -> Reference:
        """x as a real number"""
        return self.make("real", (x,))

    def reshape(self, x: Reference, *, shape: Shape) -> Reference:
        """x as `shape`"""
        return self.make("reshape", (x,), (shape,))

    def expand(self, x: Reference, *, shape: Shape, axis: int | None = None) -> Reference:
        """x repeated to `shape`"""
        return self.make("expand", (x,), (shape, axis))

    def sum_to(self, x: Reference, *, shape: Shape) -> Reference:
        """x summed over the axes that `shape` lacks or has as 1"""
        return self.make("sum-to", (x,), (shape,))

    def mse(self, y: Reference, t: Reference) -> Reference:
        """mean((y - t) ** 2)"""
        return self.make("mse", (y, t))

    def quadratic_loss(self, y: Reference, t: Reference, *, rows: Size | None = None) -> Reference:
        """sum((y - t) ** 2) / (2 N)"""
        return self.make("quadratic-loss", (y, t), (rows,))

    def softmax_loss(self, scores: Reference, t: Reference, *, rows: Size | None = None) -> Reference:
        """mean(log(sum(exp(scores))) - scores[t]) over rows"""
        return self.make("softmax-loss", (scores, t), (rows,))

    def cross_entropy(self, p: Reference, t: Reference, *, eps: float = 1e-07, rows: Size | None = None) -> Reference:
        """-mean(log(p[t] + eps)) over rows"""
        return self.make("cross-entropy", (p, t), (eps, rows))

    def softmax_loss_gradient(self, scores: Reference, t: Reference, *, rows: Size | None = None) -> Reference:
        """(softmax(scores) - t) / N"""
        return self.make("softmax-loss-gradient", (scores, t), (rows,))

    def class_weights(self, t: Reference, like: Reference) -> Reference:
        """1 at the class number, else 0"""
        return self.make("class-weights", (t, like))

    def accuracy(self, y: Reference, t: Reference, *, rows: Size | None = None) -> Reference:
        """mean(argmax(y) == t) over rows"""
        return self.make("accuracy", (y, t), (rows,))

    def top_k(self, y: Reference, t: Reference, *, k: int = 5, rows: Size | None = None) -> Reference:
        """mean(t among the k largest of y) over rows"""
        return self.make("top-k", (y, t), (k, rows))

    def mae(self, y: Reference, t: Reference) -> Reference:
        """mean(|y - t|)"""
        return self.make("mae", (y, t))

    def r2(self, y: Reference, t: Reference) -> Reference:
        """1 - sum((t - y) ** 2) / sum((t - mean(t)) ** 2)"""
        return self.make("r2", (y, t))

    def confusion(self, y: Reference, t: Reference, *, rows: Size | None = None) -> Reference:
        """rows by class t and largest score of y"""
        return self.make("confusion", (y, t), (rows,))

    def precision(self, y: Reference, t: Reference, *, of: int | None = None, rows: Size | None = None) -> Reference:
        """hits / rows given the class"""
        return self.make("precision", (y, t), (of, rows))

    def recall(self, y: Reference, t: Reference, *, of: int | None = None, rows: Size | None = None) -> Reference:
        """hits / rows of the class"""
        return self.make("recall", (y, t), (of, rows))

    def clip(self, x: Reference, *, limit: float) -> Reference:
        """min(max(x, -limit), limit)"""
        return self.make("clip", (x,), (limit,))

    def clip_factor(self, norm: Reference, *, limit: float) -> Reference:
        """min(1, limit / norm)"""
        return self.make("clip-factor", (norm,), (limit,))

    def bias_correction(self, step: Reference, *, decay: float) -> Reference:
        """1 - decay ** step"""
        return self.make("bias-correction", (step,), (decay,))
