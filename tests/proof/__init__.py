"""Long proofs that the numbers are right: `python -m tests.proof hunt`, `accuracy`, `mutants`; docs/proof.md says more."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))  # what tests share
