"""Budgets of the front end: hostile or mistaken text gets an error before memory grows."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """What a spec's text may ask for; `CHAINRULE_LIMITS=nesting=1000000,tokens=8000000` raises it."""

    file_bytes: int = 64_000_000
    tokens: int = 2_500_000
    statement_tokens: int = 500_000
    comments: int = 500_000
    nesting: int = 200_000
    faults: int = 100

    @classmethod
    def read(cls, text: str) -> "Limits":
        """Limits with some of them set, from `name=number,name=number`. Raises ValueError with what is wrong."""
        known = {field.name for field in fields(cls)}
        chosen: dict[str, int] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, number = (side.strip() for side in part.partition("="))
            if name not in known:
                raise ValueError(f"no limit is called {name!r}; limits are: {', '.join(sorted(known))}")
            if not (number.isascii() and number.isdecimal() and len(number) < 19):
                raise ValueError(f"the limit {name} must be a whole number, not {number!r}")
            chosen[name] = int(number)
        return cls(**chosen)


LIMITS = Limits()
