"""Bytes put wrong: what disks, networks and hands do to a file."""

import random

INTERESTING = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\xef\xbb\xbf", b"\n", b"\r\n", b"\r", b"\t", b'"', b",", b";",
               b"-", b"nan", b"inf", b"1e999", b"9" * 30, b"\xff" * 4, b"\x00" * 8, b"{", b"}", b"[", b"]")  # fmt: skip


def damaged(data: bytes, chosen: random.Random) -> bytes:
    """One damage: a bit, a byte, a piece put in, taken out, said twice or moved, an end cut off."""
    if not data:
        return chosen.choice(INTERESTING)
    place = chosen.randrange(len(data))
    way = chosen.randrange(8)
    stop = min(len(data), place + 1 + int(chosen.expovariate(0.1)))
    if way == 0:
        return data[:place] + bytes([data[place] ^ 1 << chosen.randrange(8)]) + data[place + 1 :]
    if way == 1:
        return data[:place] + bytes([chosen.randrange(256)]) + data[place + 1 :]
    if way == 2:
        return data[:place] + chosen.choice(INTERESTING) + data[place:]
    if way == 3:
        return data[:place] + chosen.choice(INTERESTING) + data[stop:]
    if way == 4:
        return data[:place] + data[stop:]
    if way == 5:
        return data[:stop] + data[place:]
    if way == 6:
        return data[:place]
    other = chosen.randrange(len(data))
    return data[:other] + data[place:stop] + data[other:]
