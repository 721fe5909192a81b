"""A small net of convolutions, trained for three steps on rows of noise."""

import numpy as np

from chainrule.program.front_door import compile
from chainrule.program.program import Program

TEXT = """chainrule 1 "Noise"
use chainrule.layers
dim N
input x: [N, 36]
input t: int[N]
picture = reshape(x, [N, 1, 6, 6])
seen = picture -> conv2d(3, 3) as first -> relu -> max_pool(2) -> conv2d(2, 2) as second
output scores = seen -> flatten -> dense(2)
loss = softmax-loss(scores, t)
train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 3 ; batch = 10 ; hold_out = 0.5 }
"""


def pictures_net() -> Program:
    """The net, trained on ten rows; ten more are held out."""
    made = compile(TEXT)
    made.train(x=np.random.default_rng(0).random((20, 36)), t=np.arange(20) % 2)
    return made
