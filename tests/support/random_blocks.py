"""Random specs in which blocks are called again and again: in chains, apart, inside of one another."""

from random import Random

START = """block dense(x: [N, I], units) {
  param W: [I, units] = he()
  param b: [units] = zeros()
  return affine(x, W, b)
}
dim N
input x: [N, 4]
"""
FUNCTIONS = ("relu", "tanh", "sigmoid", "exp", "abs", "sin")


def random_blocks(random: Random) -> str:
    """A spec."""
    blocks: list[str] = []
    lines, values = ["x0 = x * 1.5"], ["x", "x0"]
    for number in range(random.randrange(1, 6)):
        name, several = _block(random, blocks, 0)
        copies = range(random.randrange(1, 5))
        if several:
            for copy in copies:
                y, z = f"y{number}_{copy}", f"z{number}_{copy}"
                lines.append(f"{y}, {z} = {name}({random.choice(values[-3:])})")
                values += [y, z]
        elif random.random() < 0.6:
            lines.append(f"y{number} = {values[-1]} -> repeat {len(copies) + 1} {{ {name} }} as t{number}")
            values.append(f"y{number}")
        else:
            for copy in copies:
                lines.append(f"y{number}_{copy} = {name}({random.choice(values[-2:])})")
                values.append(f"y{number}_{copy}")
    outputs = {values[-1], *random.sample(values[2:], min(2, len(values) - 2))}
    return START + "\n".join([*blocks, *lines, f"output {', '.join(sorted(outputs))}"]) + "\n"


def _block(random: Random, blocks: list[str], depth: int) -> tuple[str, bool]:
    """Makes a block of one argument; its name, and whether it gives two values."""
    lines, values = [], ["x"]
    for number in range(random.randrange(1, 6)):
        one, other, kind = random.choice(values), random.choice(values), random.random()
        if kind < 0.35:
            made = f"{one} -> dense(4)"
        elif kind < 0.55:
            made = f"{random.choice(FUNCTIONS)}({one})"
        elif kind < 0.75 or depth == 2:
            made = f"{one} {random.choice('+-*')} {other}"
        else:
            inner, several = _block(random, blocks, depth + 1)
            if several:
                lines.append(f"  v{number}, w{number} = {inner}({one})")
                values += [f"v{number}", f"w{number}"]
                continue
            chain = f"{one} -> repeat {random.randrange(2, 5)} {{ {inner} }}"
            made = chain if random.random() < 0.6 else f"{inner}({one}) + {inner}({other})"
        lines.append(f"  v{number} = {made}")
        values.append(f"v{number}")
    several = random.random() < 0.2
    result = f"{values[-1]}, {random.choice(values)}" if several else f"{values[-1]} + x"
    name = f"b{len(blocks)}"
    blocks.append("\n".join([f"block {name}(x) {{", *lines, f"  return {result}", "}"]))
    return name, several
