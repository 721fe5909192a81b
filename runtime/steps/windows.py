"""Which steps gather gradients for which update."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Windows:
    """One update takes the gradients of so many steps, of fewer at the end of an epoch; steps are counted from 0.

    `epoch_steps` are the steps of an epoch, None where there are no data: no window ends early then.
    """

    steps: int
    epoch_steps: int | None

    def updates(self, step: int) -> int:
        """Updates that are done before a step."""
        if self.epoch_steps is None:
            return step // self.steps
        epoch, position = divmod(step, self.epoch_steps)
        return epoch * -(-self.epoch_steps // self.steps) + position // self.steps

    def gathered(self, step: int) -> int:
        """How many gradients there are for the next update, that of the step among them."""
        return (step if self.epoch_steps is None else step % self.epoch_steps) % self.steps + 1

    def ends(self, step: int) -> bool:
        """Whether a step makes the update."""
        return self.updates(step + 1) > self.updates(step)
