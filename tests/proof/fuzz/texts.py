"""Texts of specs: generated, or those that the project has, then changed."""

import random
import re

from .damage import damaged
from .fragments import Fragment
from .front_end import ROOT, SEEDS, hold_text

WORDS = """
chainrule dim const input param state next output block use data train expect return repeat like as int real within
after minimize optimizer groups group("*", frozen true false epochs steps batch sampling schedule report metrics stop
precision seed exact validate hold_out stratify accumulate watch early( above( piecewise( one_cycle( last( sgd(lr adam(
every( cosine( csv( npz( spiral( he() zeros() normal( uniform( chainrule.layers dense( dropout( batch_norm( lstm( gru(
add mul relu sigmoid softmax-loss cross-entropy sigmoid_loss affine matmul sum( max( axis keepdims one-hot( transpose(
take( where( scan( concat( pad( range( reshape( expand( cumsum( in_training( uniform_like( detach( conv( max_pool(
accuracy( f1( auc( threshold weight smoothing -> ** == <= >= < > # ## ; { } ( ) [ ] , : = @ " . d( )/d( 1e999 1e-3 .5 2.
0 1 -1 2 N k x t h W ... [..., [0] [-1] [:] [:, [::-1] [1:] [:-1] [0, (x)[ ][ 오 δ ₁ é
"""
"""What is put in, and exchanged, as a whole."""

BLANKS = (" ", "\n", "\n", "\n\n", "\t", "\r\n", "\u200b", "\u202e")

TOKEN = re.compile(r"\w+|\s+|->|\*\*|\.\.\.|[<>=]=|.", re.DOTALL)
LONGEST = 300
"""Characters of a text that one begins from."""


class Texts:
    """Parser, layout and checker."""

    suffix = ".graph"

    def __init__(self) -> None:
        paths = sorted(path for pattern in SEEDS for path in ROOT.glob(pattern))
        texts = [path.read_bytes().decode("utf-8", "replace") for path in paths]
        self.texts = [text for text in texts if text]
        self.words = [*WORDS.split(), *BLANKS]
        hold_text(b"a = relu(1\n")  # the parser's tables and messages are made at the first use

    def make(self, chosen: random.Random) -> bytes:
        text = Fragment(chosen).text() if chosen.random() < 0.7 else self._known(chosen)
        for _ in range(chosen.choice((0, 0, 1, 1, 1, 2, 3, 4))):
            text = self._changed(text, chosen)
        data = text.encode("utf-8", "surrogatepass")
        return damaged(data, chosen) if chosen.random() < 0.08 else data

    def hold(self, data: bytes) -> str:
        return hold_text(data)

    def _known(self, chosen: random.Random) -> str:
        text = chosen.choice(self.texts)
        if len(text) <= LONGEST:
            return text
        first = chosen.randrange(len(text) - LONGEST)
        start = text.find("\n", first) + 1
        return text[start : text.rfind("\n", start, start + LONGEST) + 1]

    def _changed(self, text: str, chosen: random.Random) -> str:
        """One change: tokens exchanged, put in, taken out, doubled, swapped; lines of another text put in or moved."""
        way = chosen.randrange(10)
        if way >= 7:
            return self._lines_changed(text, chosen)
        tokens = TOKEN.findall(text)
        if not tokens:
            return chosen.choice(self.words)
        place, other = chosen.randrange(len(tokens)), chosen.randrange(len(tokens))
        if way <= 1:
            tokens[place] = chosen.choice(self.words)
        elif way == 2:
            tokens[place] = tokens[other]
        elif way == 3:
            tokens.insert(place, chosen.choice((chosen.choice(self.words), tokens[other])))
        elif way == 4:
            del tokens[place : place + chosen.choice((1, 1, 2, 5))]
        elif way == 5:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        else:
            first, last = sorted((place, min(other, place + 12)))
            tokens[last:last] = tokens[first:last]
        return "".join(tokens)

    def _lines_changed(self, text: str, chosen: random.Random) -> str:
        lines = text.split("\n")
        place = chosen.randrange(len(lines))
        way = chosen.randrange(4)
        if way == 0:
            del lines[place]
        elif way == 1:
            lines[place], lines[-1] = lines[-1], lines[place]
        else:
            others = self._known(chosen).split("\n") if way == 2 else lines
            first = chosen.randrange(len(others))
            lines[place:place] = others[first : first + chosen.choice((1, 1, 2, 4))]
        return "\n".join(lines)
