"""What appends nodes to a graph. Made by `python -m chainrule.compiler.ops.methods`: edit that instead.

Over 300 lines: it has a method for each operation.
"""

from abc import ABC, abstractmethod

from ..shape import Shape, Size, Type
from .attribute import Attributes, Settings
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

    def made(self, reference: Reference) -> tuple[str, tuple[Reference, ...], Attributes] | None:
        """How a node was made: its operation, its operands, its attributes; None where that is not told."""
        return None

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

    def sin(self, x: Reference) -> Reference:
        """sine of x"""
        return self.make("sin", (x,))

    def cos(self, x: Reference) -> Reference:
        """cosine of x"""
        return self.make("cos", (x,))

    def log1p(self, x: Reference) -> Reference:
        """ln (1 + x)"""
        return self.make("log1p", (x,))

    def expm1(self, x: Reference) -> Reference:
        """e ** x - 1"""
        return self.make("expm1", (x,))

    def erf(self, x: Reference) -> Reference:
        """2 / sqrt(pi) * integral of exp(-t ** 2) from 0 to x"""
        return self.make("erf", (x,))

    def sign(self, x: Reference) -> Reference:
        """1 where x > 0, -1 where x < 0, else 0"""
        return self.make("sign", (x,))

    def floor(self, x: Reference) -> Reference:
        """the largest whole number that is not above x"""
        return self.make("floor", (x,))

    def less(self, a: Reference, b: Reference) -> Reference:
        """1 where a < b, else 0"""
        return self.make("less", (a, b))

    def equal(self, a: Reference, b: Reference) -> Reference:
        """1 where a is b, else 0"""
        return self.make("equal", (a, b))

    def detach(self, x: Reference) -> Reference:
        """x, which passes no gradient"""
        return self.make("detach", (x,))

    def where(self, c: Reference, a: Reference, b: Reference) -> Reference:
        """a where c is not 0, else b"""
        return self.make("where", (c, a, b))

    def maximum(self, a: Reference, b: Reference) -> Reference:
        """a where a > b, else b"""
        return self.make("maximum", (a, b))

    def minimum(self, a: Reference, b: Reference) -> Reference:
        """a where a < b, else b"""
        return self.make("minimum", (a, b))

    def clip(self, x: Reference, low: Reference, high: Reference) -> Reference:
        """low where x < low, high where x > high, else x"""
        return self.make("clip", (x, low, high))

    def pass_above(self, g: Reference, a: Reference, b: Reference) -> Reference:
        """0 where a <= b, else g"""
        return self.make("pass-above", (g, a, b))

    def pass_up_to(self, g: Reference, a: Reference, b: Reference) -> Reference:
        """g where a <= b, else 0"""
        return self.make("pass-up-to", (g, a, b))

    def uniform_like(self, x: Reference) -> Reference:
        """u, drawn from [0, 1)"""
        return self.make("uniform_like", (x,))

    def normal_like(self, x: Reference) -> Reference:
        """z, drawn from N(0, 1)"""
        return self.make("normal_like", (x,))

    def in_training(self, a: Reference, b: Reference) -> Reference:
        """b, and a in a step of a training"""
        return self.make("in_training", (a, b))

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

    def softmax(self, x: Reference, *, axis: int = -1) -> Reference:
        """exp(x) / sum(exp(x)) along `axis`"""
        return self.make("softmax", (x,), (axis,))

    def log_softmax(self, x: Reference, *, axis: int = -1) -> Reference:
        """x - log(sum(exp(x))) along `axis`"""
        return self.make("log-softmax", (x,), (axis,))

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

    def affine(self, x: Reference, W: Reference, b: Reference, *, flatten: bool = True) -> Reference:
        """x @ W + b"""
        return self.make("affine", (x, W, b), (flatten,))

    def outer(self, a: Reference, b: Reference) -> Reference:
        """a transposed times b"""
        return self.make("outer", (a, b))

    def sum(self, x: Reference, *, axis: int | Settings | None = None, keepdims: bool = False) -> Reference:
        """x1 + x2 + ..."""
        return self.make("sum", (x,), (axis, keepdims))

    def mean(self, x: Reference, *, axis: int | Settings | None = None, keepdims: bool = False) -> Reference:
        """(x1 + ... + xn) / n"""
        return self.make("mean", (x,), (axis, keepdims))

    def max(self, x: Reference, *, axis: int | Settings | None = None, keepdims: bool = False) -> Reference:
        """the largest of x1, x2, ..."""
        return self.make("max", (x,), (axis, keepdims))

    def min(self, x: Reference, *, axis: int | Settings | None = None, keepdims: bool = False) -> Reference:
        """the smallest of x1, x2, ..."""
        return self.make("min", (x,), (axis, keepdims))

    def argmax(self, x: Reference, *, axis: int | None = None, keepdims: bool = False) -> Reference:
        """n where xn is the largest"""
        return self.make("argmax", (x,), (axis, keepdims))

    def argmin(self, x: Reference, *, axis: int | None = None, keepdims: bool = False) -> Reference:
        """n where xn is the smallest"""
        return self.make("argmin", (x,), (axis, keepdims))

    def pick(self, x: Reference, i: Reference, *, axis: int) -> Reference:
        """x at i along `axis`"""
        return self.make("pick", (x, i), (axis,))

    def place(self, g: Reference, i: Reference, *, size: Size, axis: int) -> Reference:
        """g at i along `axis`, else 0"""
        return self.make("place", (g, i), (size, axis))

    def logsumexp(self, x: Reference, *, axis: int | Settings | None = None, keepdims: bool = False) -> Reference:
        """ln (e ** x1 + e ** x2 + ...)"""
        return self.make("logsumexp", (x,), (axis, keepdims))

    def logsumexp_along(self, x: Reference, *, axis: int) -> Reference:
        """ln (e ** x1 + e ** x2 + ...)"""
        return self.make("logsumexp-along", (x,), (axis,))

    def logsumexp_slope(self, x: Reference, *, axis: int) -> Reference:
        """exp(x) / sum(exp(x)) along `axis`"""
        return self.make("logsumexp-slope", (x,), (axis,))

    def prod(self, x: Reference, *, axis: int | Settings | None = None, keepdims: bool = False) -> Reference:
        """x1 * x2 * ..."""
        return self.make("prod", (x,), (axis, keepdims))

    def cumsum(self, x: Reference, *, axis: int | None = None) -> Reference:
        """x1, x1 + x2, x1 + x2 + x3, ..."""
        return self.make("cumsum", (x,), (axis,))

    def running_sum(self, x: Reference, *, axis: int, back: bool = False) -> Reference:
        """x1, x1 + x2, ..."""
        return self.make("running-sum", (x,), (axis, back))

    def product_along(self, x: Reference, *, axis: int) -> Reference:
        """x1 * x2 * ..."""
        return self.make("product-along", (x,), (axis,))

    def product_before(self, x: Reference, *, axis: int, back: bool = False) -> Reference:
        """1, x1, x1 * x2, ..."""
        return self.make("product-before", (x,), (axis, back))

    def carried(self, g: Reference, x: Reference, *, axis: int, back: bool = False) -> Reference:
        """0, g1, g2 + x2 * g1, ..."""
        return self.make("carried", (g, x), (axis, back))

    def identity(self, x: Reference) -> Reference:
        """x"""
        return self.make("identity", (x,))

    def flatten(self, x: Reference) -> Reference:
        """x as [N, -1]"""
        return self.make("flatten", (x,))

    def transpose(self, x: Reference, *, axes: Settings | None = None) -> Reference:
        """x with its last two axes swapped, or with all in the order `axes`"""
        return self.make("transpose", (x,), (axes,))

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

    def reshape_like(self, x: Reference, like: Reference) -> Reference:
        """x in the shape of like"""
        return self.make("reshape_like", (x, like))

    def slice(self, x: Reference, *, start: Shape, count: Shape, step: Settings) -> Reference:
        """`count` elements of x along each axis, from `start` on, `step` apart"""
        return self.make("slice", (x,), (start, count, step))

    def slice_gradient(self, g: Reference, *, shape: Shape, start: Shape, count: Shape, step: Settings) -> Reference:
        """g at the part's places in `shape`, else 0"""
        return self.make("slice-gradient", (g,), (shape, start, count, step))

    def pad(self, x: Reference, *, widths: Settings, value: float = 0.0) -> Reference:
        """x with `value` around it"""
        return self.make("pad", (x,), (widths, value))

    def concat(self, x1: Reference, x2: Reference, *more: Reference, axis: int = 0) -> Reference:
        """x1, x2, ... one after the other along `axis`"""
        return self.make("concat", (x1, x2, *more), (axis,))

    def stack(self, x1: Reference, x2: Reference, *more: Reference, axis: int = 0) -> Reference:
        """x1, x2, ... one after the other along an axis of their own"""
        return self.make("stack", (x1, x2, *more), (axis,))

    def take(self, x: Reference, indices: Reference, *, axis: int = 0) -> Reference:
        """x[indices] along `axis`"""
        return self.make("take", (x, indices), (axis,))

    def take_gradient(self, g: Reference, indices: Reference, *, shape: Shape, axis: int) -> Reference:
        """g added up at the numbers along `axis`"""
        return self.make("take-gradient", (g, indices), (shape, axis))

    def range(self, *, n: Size) -> Reference:
        """0, 1, ..., n - 1"""
        return self.make("range", (), (n,))

    def taken_gradient(self, g: Reference, indices: Reference, wanted: Reference, *, shape: Shape) -> Reference:
        """g added up at the numbers, of the wanted rows"""
        return self.make("taken-gradient", (g, indices, wanted), (shape,))

    def correlate(self, x: Reference, W: Reference, *, stride: Settings, dilation: Settings, groups: int) -> Reference:
        """sums of W over windows of x"""
        return self.make("correlate", (x, W), (stride, dilation, groups))

    def correlate_input(
        self, g: Reference, W: Reference, *, space: Settings, stride: Settings, dilation: Settings, groups: int
    ) -> Reference:
        """W weighted by g at its windows, added up"""
        return self.make("correlate-input", (g, W), (space, stride, dilation, groups))

    def correlate_weights(
        self, g: Reference, x: Reference, *, size: Settings, stride: Settings, dilation: Settings, groups: int
    ) -> Reference:
        """windows of x weighted by g, added up"""
        return self.make("correlate-weights", (g, x), (size, stride, dilation, groups))

    def channel_sum(self, x: Reference) -> Reference:
        """the sum of each channel"""
        return self.make("channel-sum", (x,))

    def conv(
        self,
        x: Reference,
        W: Reference,
        *,
        stride: int | Settings = 1,
        padding: int | str | Settings = 0,
        dilation: int | Settings = 1,
        groups: int = 1,
    ) -> Reference:
        """sums of W over windows of x"""
        return self.make("conv", (x, W), (stride, padding, dilation, groups))

    def shifted_conv(
        self,
        x: Reference,
        W: Reference,
        b: Reference,
        *,
        stride: int | Settings = 1,
        padding: int | str | Settings = 0,
        dilation: int | Settings = 1,
        groups: int = 1,
    ) -> Reference:
        """sums of W over windows of x + b"""
        return self.make("shifted-conv", (x, W, b), (stride, padding, dilation, groups))

    def conv_transpose(
        self,
        x: Reference,
        W: Reference,
        *,
        stride: int | Settings = 1,
        padding: int | str | Settings = 0,
        dilation: int | Settings = 1,
        groups: int = 1,
        output_padding: int | Settings = 0,
    ) -> Reference:
        """W weighted by x at its windows, added up"""
        return self.make("conv_transpose", (x, W), (stride, padding, dilation, groups, output_padding))

    def shifted_conv_transpose(
        self,
        x: Reference,
        W: Reference,
        b: Reference,
        *,
        stride: int | Settings = 1,
        padding: int | str | Settings = 0,
        dilation: int | Settings = 1,
        groups: int = 1,
        output_padding: int | Settings = 0,
    ) -> Reference:
        """W weighted by x at its windows, added up + b"""
        return self.make("shifted-conv-transpose", (x, W, b), (stride, padding, dilation, groups, output_padding))

    def conv_weights(
        self,
        g: Reference,
        x: Reference,
        *,
        size: Settings,
        stride: int | Settings = 1,
        padding: int | str | Settings = 0,
        dilation: int | Settings = 1,
        groups: int = 1,
    ) -> Reference:
        """windows of x weighted by g, added up"""
        return self.make("conv-weights", (g, x), (size, stride, padding, dilation, groups))

    def pool_max(self, x: Reference, *, size: Settings, stride: Settings, sides: Settings) -> Reference:
        """the largest in each window"""
        return self.make("pool-max", (x,), (size, stride, sides))

    def pool_max_gradient(
        self, g: Reference, x: Reference, y: Reference, *, size: Settings, stride: Settings, sides: Settings
    ) -> Reference:
        """g at the first place in each window where x is y, else 0"""
        return self.make("pool-max-gradient", (g, x, y), (size, stride, sides))

    def pool_chosen(
        self, a: Reference, x: Reference, y: Reference, *, size: Settings, stride: Settings, sides: Settings
    ) -> Reference:
        """a at the first place in each window where x is y"""
        return self.make("pool-chosen", (a, x, y), (size, stride, sides))

    def pool_mean(self, x: Reference, *, size: Settings, stride: Settings, sides: Settings) -> Reference:
        """the mean of each window"""
        return self.make("pool-mean", (x,), (size, stride, sides))

    def pool_mean_gradient(
        self, g: Reference, *, space: Settings, size: Settings, stride: Settings, sides: Settings
    ) -> Reference:
        """g / n at all elements of each window, added up"""
        return self.make("pool-mean-gradient", (g,), (space, size, stride, sides))

    def max_pool(
        self,
        x: Reference,
        *,
        size: int | Settings,
        stride: int | Settings | None = None,
        padding: int | str | Settings = 0,
    ) -> Reference:
        """the largest in each window"""
        return self.make("max_pool", (x,), (size, stride, padding))

    def mean_pool(
        self,
        x: Reference,
        *,
        size: int | Settings,
        stride: int | Settings | None = None,
        padding: int | str | Settings = 0,
    ) -> Reference:
        """the mean of each window"""
        return self.make("mean_pool", (x,), (size, stride, padding))

    def mse(self, y: Reference, t: Reference) -> Reference:
        """mean((y - t) ** 2)"""
        return self.make("mse", (y, t))

    def quadratic_loss(self, y: Reference, t: Reference, *, rows: Size | None = None) -> Reference:
        """sum((y - t) ** 2) / (2 N)"""
        return self.make("quadratic-loss", (y, t), (rows,))

    def softmax_loss(
        self, scores: Reference, t: Reference, *, smoothing: float = 0.0, rows: Size | None = None
    ) -> Reference:
        """mean(log(sum(exp(scores))) - scores[t]) over rows"""
        return self.make("softmax-loss", (scores, t), (smoothing, rows))

    def cross_entropy(self, p: Reference, t: Reference, *, eps: float = 1e-07, rows: Size | None = None) -> Reference:
        """-mean(log(p[t] + eps)) over rows"""
        return self.make("cross-entropy", (p, t), (eps, rows))

    def softmax_loss_gradient(
        self, scores: Reference, t: Reference, *, smoothing: float = 0.0, rows: Size | None = None
    ) -> Reference:
        """(softmax(scores) - t) / N"""
        return self.make("softmax-loss-gradient", (scores, t), (smoothing, rows))

    def class_weights(self, t: Reference, like: Reference) -> Reference:
        """1 at the class number, else 0"""
        return self.make("class-weights", (t, like))

    def sigmoid_loss(self, scores: Reference, t: Reference) -> Reference:
        """mean(softplus(scores) - t * scores)"""
        return self.make("sigmoid_loss", (scores, t))

    def sigmoid_losses(self, scores: Reference, t: Reference) -> Reference:
        """softplus(scores) - t * scores"""
        return self.make("sigmoid-losses", (scores, t))

    def sigmoid_error(self, scores: Reference, t: Reference) -> Reference:
        """sigmoid(scores) - t"""
        return self.make("sigmoid-error", (scores, t))

    def huber(self, y: Reference, t: Reference, *, delta: float = 1.0) -> Reference:
        """mean(d ** 2 / 2 where |d| < delta, else delta * (|d| - delta / 2)), d = y - t"""
        return self.make("huber", (y, t), (delta,))

    def weighted_mean(self, x: Reference, weight: Reference) -> Reference:
        """sum(weight * x) / sum(weight)"""
        return self.make("weighted-mean", (x, weight))

    def softmax_losses(self, scores: Reference, t: Reference, *, smoothing: float = 0.0) -> Reference:
        """log(sum(exp(scores))) - scores[t] in each row"""
        return self.make("softmax-losses", (scores, t), (smoothing,))

    def cross_entropies(self, p: Reference, t: Reference, *, eps: float = 1e-07) -> Reference:
        """-log(p[t] + eps) in each row"""
        return self.make("cross-entropies", (p, t), (eps,))

    def weighted_mse(self, y: Reference, t: Reference, weight: Reference) -> Reference:
        """mean((y - t) ** 2), each counted by its weight"""
        return self.make("weighted-mse", (y, t, weight))

    def weighted_quadratic_loss(
        self, y: Reference, t: Reference, weight: Reference, *, rows: Size | None = None
    ) -> Reference:
        """sum((y - t) ** 2) / (2 N), each counted by its weight"""
        return self.make("weighted-quadratic-loss", (y, t, weight), (rows,))

    def weighted_sigmoid_loss(self, scores: Reference, t: Reference, weight: Reference) -> Reference:
        """mean(softplus(scores) - t * scores), each counted by its weight"""
        return self.make("weighted-sigmoid-loss", (scores, t, weight))

    def weighted_huber(self, y: Reference, t: Reference, weight: Reference, *, delta: float = 1.0) -> Reference:
        """mean(d ** 2 / 2 where |d| < delta, else delta * (|d| - delta / 2)), d = y - t, each counted by its
        weight"""
        return self.make("weighted-huber", (y, t, weight), (delta,))

    def weighted_softmax_loss(
        self, scores: Reference, t: Reference, weight: Reference, *, smoothing: float = 0.0
    ) -> Reference:
        """mean(log(sum(exp(scores))) - scores[t]) over rows, each counted by its weight"""
        return self.make("weighted-softmax-loss", (scores, t, weight), (smoothing,))

    def weighted_cross_entropy(self, p: Reference, t: Reference, weight: Reference, *, eps: float = 1e-07) -> Reference:
        """-mean(log(p[t] + eps)) over rows, each counted by its weight"""
        return self.make("weighted-cross-entropy", (p, t, weight), (eps,))

    def accuracy(self, y: Reference, t: Reference, *, threshold: float = 0.5, rows: Size | None = None) -> Reference:
        """mean(argmax(y) == t) over rows"""
        return self.make("accuracy", (y, t), (threshold, rows))

    def top_k(self, y: Reference, t: Reference, *, k: int = 5, rows: Size | None = None) -> Reference:
        """mean(t among the k largest of y) over rows"""
        return self.make("top-k", (y, t), (k, rows))

    def mae(self, y: Reference, t: Reference) -> Reference:
        """mean(|y - t|)"""
        return self.make("mae", (y, t))

    def r2(self, y: Reference, t: Reference) -> Reference:
        """1 - sum((t - y) ** 2) / sum((t - mean(t)) ** 2)"""
        return self.make("r2", (y, t))

    def weighted_accuracy(
        self, y: Reference, t: Reference, weight: Reference, *, threshold: float = 0.5, rows: Size | None = None
    ) -> Reference:
        """mean(argmax(y) == t) over rows, each counted by its weight"""
        return self.make("weighted-accuracy", (y, t, weight), (threshold, rows))

    def weighted_top_k(
        self, y: Reference, t: Reference, weight: Reference, *, k: int = 5, rows: Size | None = None
    ) -> Reference:
        """mean(t among the k largest of y) over rows, each counted by its weight"""
        return self.make("weighted-top-k", (y, t, weight), (k, rows))

    def weighted_mae(self, y: Reference, t: Reference, weight: Reference) -> Reference:
        """mean(|y - t|), each counted by its weight"""
        return self.make("weighted-mae", (y, t, weight))

    def weighted_r2(self, y: Reference, t: Reference, weight: Reference) -> Reference:
        """1 - sum((t - y) ** 2) / sum((t - mean(t)) ** 2), each counted by its weight"""
        return self.make("weighted-r2", (y, t, weight))

    def confusion(self, y: Reference, t: Reference, *, threshold: float = 0.5, rows: Size | None = None) -> Reference:
        """rows by class t and largest score of y"""
        return self.make("confusion", (y, t), (threshold, rows))

    def precision(
        self, y: Reference, t: Reference, *, of: int | None = None, threshold: float = 0.5, rows: Size | None = None
    ) -> Reference:
        """hits / rows given the class"""
        return self.make("precision", (y, t), (of, threshold, rows))

    def recall(
        self, y: Reference, t: Reference, *, of: int | None = None, threshold: float = 0.5, rows: Size | None = None
    ) -> Reference:
        """hits / rows of the class"""
        return self.make("recall", (y, t), (of, threshold, rows))

    def f1(
        self, y: Reference, t: Reference, *, of: int | None = None, threshold: float = 0.5, rows: Size | None = None
    ) -> Reference:
        """2 hits / (rows given the class + rows of the class)"""
        return self.make("f1", (y, t), (of, threshold, rows))

    def weighted_confusion(
        self, y: Reference, t: Reference, weight: Reference, *, threshold: float = 0.5, rows: Size | None = None
    ) -> Reference:
        """rows by class t and largest score of y, each counted by its weight"""
        return self.make("weighted-confusion", (y, t, weight), (threshold, rows))

    def weighted_precision(
        self,
        y: Reference,
        t: Reference,
        weight: Reference,
        *,
        of: int | None = None,
        threshold: float = 0.5,
        rows: Size | None = None,
    ) -> Reference:
        """hits / rows given the class, each counted by its weight"""
        return self.make("weighted-precision", (y, t, weight), (of, threshold, rows))

    def weighted_recall(
        self,
        y: Reference,
        t: Reference,
        weight: Reference,
        *,
        of: int | None = None,
        threshold: float = 0.5,
        rows: Size | None = None,
    ) -> Reference:
        """hits / rows of the class, each counted by its weight"""
        return self.make("weighted-recall", (y, t, weight), (of, threshold, rows))

    def weighted_f1(
        self,
        y: Reference,
        t: Reference,
        weight: Reference,
        *,
        of: int | None = None,
        threshold: float = 0.5,
        rows: Size | None = None,
    ) -> Reference:
        """2 hits / (rows given the class + rows of the class), each counted by its weight"""
        return self.make("weighted-f1", (y, t, weight), (of, threshold, rows))

    def auc(self, y: Reference, t: Reference) -> Reference:
        """share of pairs, t 1 and t 0, in which the score of the 1 is larger"""
        return self.make("auc", (y, t))

    def weighted_auc(self, y: Reference, t: Reference, weight: Reference) -> Reference:
        """share of pairs, t 1 and t 0, in which the score of the 1 is larger, each counted by its weight"""
        return self.make("weighted-auc", (y, t, weight))

    def clip_symmetric(self, x: Reference, *, limit: float) -> Reference:
        """min(max(x, -limit), limit)"""
        return self.make("clip-symmetric", (x,), (limit,))

    def clip_factor(self, norm: Reference, *, limit: float) -> Reference:
        """min(1, limit / norm)"""
        return self.make("clip-factor", (norm,), (limit,))

    def bias_correction(self, step: Reference, *, decay: float) -> Reference:
        """1 - decay ** step"""
        return self.make("bias-correction", (step,), (decay,))

    def put_rows(self, x: Reference, indices: Reference, rows: Reference) -> Reference:
        """x, with rows at the numbers"""
        return self.make("put-rows", (x, indices, rows))
