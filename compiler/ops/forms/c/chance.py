"""Forms of random numbers: those of Philox, whose key a node's path and the seed give, and whose counter the step."""

from math import prod

from .block import Block
from .form import Written
from .value import CValue

PHILOX = """
/* The upper 64 bits of a product. */
static uint64_t upper(uint64_t a, uint64_t b)
{
    const uint64_t low = (a & 0xffffffffu) * (b & 0xffffffffu);
    const uint64_t one = (a >> 32) * (b & 0xffffffffu) + (low >> 32);
    const uint64_t other = (a & 0xffffffffu) * (b >> 32) + (one & 0xffffffffu);
    return (a >> 32) * (b >> 32) + (one >> 32) + (other >> 32);
}

/* Four random words of Philox 4x64: those of a block, a step and a purpose, for a key. */
static void philox(uint64_t *words, uint64_t block, uint64_t step, uint64_t purpose, uint64_t key, uint64_t other_key)
{
    words[0] = block, words[1] = 0, words[2] = step, words[3] = purpose;
    for (int round = 0; round < 10; round++) {
        const uint64_t a = words[0], b = words[2];
        words[0] = upper(0xca5a826395121157u, b) ^ words[1] ^ key;
        words[1] = 0xca5a826395121157u * b;
        words[2] = upper(0xd2e7470ee14c6c93u, a) ^ words[3] ^ other_key;
        words[3] = 0xd2e7470ee14c6c93u * a;
        key += 0x9e3779b97f4a7c15u;
        other_key += 0xbb67ae8584caa73bu;
    }
}
"""
UNIFORM = {
    "float32": """
/* n random numbers in [0, 1), of 24 bits each. */
static void uniform(real *out, int n, uint64_t step, uint64_t purpose, uint64_t key, uint64_t other_key)
{
    uint64_t words[4] = {0, 0, 0, 0};
    for (int i = 0; i < n; i++) {
        if (i % 8 == 0)
            philox(words, (uint64_t)(i / 8) + 1, step, purpose, key, other_key);
        out[i] = (real)((words[i % 8 / 2] >> (i % 2 ? 40 : 8)) & 0xffffffu) * 5.9604644775390625e-08;
    }
}
""",
    "float64": """
/* n random numbers in [0, 1), of 53 bits each. */
static void uniform(real *out, int n, uint64_t step, uint64_t purpose, uint64_t key, uint64_t other_key)
{
    uint64_t words[4] = {0, 0, 0, 0};
    for (int i = 0; i < n; i++) {
        if (i % 4 == 0)
            philox(words, (uint64_t)(i / 4) + 1, step, purpose, key, other_key);
        out[i] = (real)(words[i % 4] >> 11) * 1.1102230246251565e-16;
    }
}
""",
}


def _uniform(block: Block, out: CValue, key: tuple[int, int], step: str) -> None:
    block.call(PHILOX, UNIFORM[block.precision])
    one, other = (f"0x{each:016x}u" for each in key)
    count = prod(out.shape)
    block.line(f"uniform({out.pointer()}, {count}, {step}, 0, {one}, {other});")


def _normal(block: Block, out: CValue, key: tuple[int, int], step: str) -> None:
    _uniform(block, out, key, step)
    angle = block.room(out.shape, "real")
    one, other = (f"0x{each:016x}u" for each in key)
    block.line(f"uniform({angle.pointer()}, {prod(out.shape)}, {step}, 1, {one}, {other});")
    block.each(out, (out, angle), "sqrt(log(1.0 - {0}) * -2.0) * cos({1} * 6.283185307179586)")


UNIFORM_FORM = Written(_uniform)
NORMAL_FORM = Written(_normal)
