"""Random specs of trainings, for every test that holds one way of computing against another.

A program is made of rules, one function each, which add a value to those that are there: `rules/` has them, a subject
a file, and a new operation gets its rule there. Values stay of moderate size, so that what two ways of rounding may
differ by stays small too.
"""

from .program import random_program
from .terms import Input, RandomProgram

__all__ = ["Input", "RandomProgram", "random_program"]
