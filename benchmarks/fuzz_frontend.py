"""Any bytes into the front end, for as long as one likes: parser, layout and checker under atheris.

    python -m venv fuzz && fuzz/bin/pip install -e . atheris
    fuzz/bin/python benchmarks/fuzz_frontend.py -runs=20000000

Words after the name go to libFuzzer (`-max_total_time=600` for ten minutes; folders are corpora). Unless told
otherwise: a hang is 1 s on one text, memory is 512 MB, a text is at most 1,000 bytes. The corpus starts from the specs,
the library and the errors that tests hold. It stops at the first text with which something does not hold that
tests/proof/fuzz/front_end.py names. `python -m tests.proof.fuzz` tries texts of another kind: random specs by number.
"""

import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # tests/proof/fuzz says what must hold

with atheris.instrument_imports(include=["chainrule"]):
    from tests.proof.fuzz.front_end import SEEDS, hold_text

WORDS = """
chainrule dim const input param output block use data train expect return repeat as int real within after
minimize optimizer groups group frozen epochs steps batch sampling schedule report metrics stop precision seed exact
hold_out sgd(lr adam( every( early( cosine( csv( npz( spiral( he() zeros() normal( uniform( chainrule.layers dense(
add mul relu sigmoid softmax-loss cross-entropy affine matmul sum( axis one-hot( transpose( accuracy(
-> ** == <= >= ## # ; { } ( ) [ ] , : = @ " d( )/d( 1e999 1e-3 .5 2. [N,
... [..., [0] [-1] [:, [::-1] [1:] [:-1] [0, (x)[ ][ reshape( expand( concat(
"""
"""What libFuzzer puts in and exchanges as a whole."""

FLAGS = {"-timeout": "1", "-rss_limit_mb": "512", "-max_len": "1000", "-only_ascii": "0"}


def one_input(data: bytes) -> None:
    hold_text(data)


def main() -> None:
    sys.setrecursionlimit(20_000)  # for `bare` alone: the texts are short
    given = {word.partition("=")[0] for word in sys.argv[1:]}
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder, "corpus"), Path(folder, "words.dict")
        corpus.mkdir()
        for number, path in enumerate(each for pattern in SEEDS for each in ROOT.glob(pattern)):
            (corpus / f"{number}").write_bytes(path.read_bytes())
        escaped = [word.replace("\\", "\\\\").replace('"', '\\"') for word in WORDS.split()]
        words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="utf-8")
        flags = [f"{flag}={value}" for flag, value in FLAGS.items() if flag not in given]
        hold_text(b"a = relu(1\n")  # the parser's tables and messages are made at the first use
        atheris.Setup([sys.argv[0], *flags, f"-dict={words}", *sys.argv[1:], str(corpus)], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
