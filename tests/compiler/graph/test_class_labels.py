"""Which inputs are class numbers, and of how many classes."""

from chainrule.compiler.build import build
from chainrule.compiler.graph.class_labels import judges
from chainrule.compiler.graph.graph import Graph
from chainrule.compiler.shape import Linear
from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source


def full_graph(text: str) -> Graph:
    return build(*parse(Source("test.graph", text)))[0].full


def limits(text: str) -> dict[str, object]:
    return {path: size for path, size, *_ in judges(full_graph(text))}


HEAD = "dim N, C\ninput x: [N, 3]\ninput y: [N, C]\ninput t: int[N]\ninput u: int[N]\n"


def test_every_judge_counts() -> None:
    assert limits(HEAD + "loss = softmax-loss(x, t)\n") == {"t": 3}
    assert limits(HEAD + "loss = cross-entropy(softmax(x), t) + softmax-loss(y, u)\n") == {
        "t": 3,
        "u": Linear((("C", 1),)),
    }
    assert limits(HEAD + "same = t\nagain = identity(same)\nloss = softmax-loss(x, again)\n") == {"t": 3}


def test_metrics_count() -> None:
    train = "train { minimize = loss; optimizer = sgd(lr = 1); epochs = 1; metrics = [accuracy(x, t)] }"
    assert limits(f"{HEAD}param w = 1.0\nloss = w * w\n{train}") == {"t": 3}


def test_each_judge_is_named() -> None:
    graph = full_graph(HEAD + "a = softmax-loss(y, t)\nb = softmax-loss(x, t)\n")
    assert [(path, str(size), graph.nodes[node].path) for path, size, node, _ in judges(graph)] == [
        ("t", "C", "a"),
        ("t", "3", "b"),
    ]


def test_weights_for_each_class_are_no_class_numbers() -> None:
    assert limits("dim N\ninput x: [N, 3]\ninput t: [N, 3]\nloss = softmax-loss(x, t)\n") == {}
    assert limits("dim N\ninput x: [N, 3]\ninput t: int[N, 3]\nloss = softmax-loss(x, t)\n") == {}
    assert limits("dim N\ninput x: [N]\ninput t: int[N]\nloss = mse(x, t)\n") == {}


def test_one_hot_counts_classes() -> None:
    assert limits(HEAD + "h = one-hot(t, classes = 4)\nloss = softmax-loss(y, u)\nz = h * 2\n") == {
        "t": 4,
        "u": Linear((("C", 1),)),
    }
    assert limits("dim N\ninput x: [N, 3]\ninput t: int[N]\nloss = softmax-loss(x, one-hot(t, classes = 3))\n") == {
        "t": 3
    }


def test_a_long_chain_is_walked_once() -> None:
    text = "\n".join(f"t{n + 1} = t{n}" for n in range(3000))
    text += "\n" + "\n".join(f"l{n} = softmax-loss(x, t{n})" for n in range(3000))
    assert limits(f"dim N\ninput x: [N, 3]\ninput t0: int[N]\n{text}\n") == {"t0": 3}
