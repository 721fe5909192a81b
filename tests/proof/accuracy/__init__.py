"""How exact each operation of one operand is, and its slope, in units in the last place."""
