"""Long proofs that the numbers are right: `python -m tests.proof COMMAND`; docs/proof.md says which there are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))  # what tests share
