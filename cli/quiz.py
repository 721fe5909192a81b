"""`quiz`: asks for gradients, or values, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .shared import output
from .shared.verb import Amount, Request, example, verb

if TYPE_CHECKING:
    from ..views.text.json_values import Json
    from ..views.walk.quiz import Question

GIVE_UP = ("q", "quit", "exit")


@click.command(
    epilog=example("chainrule quiz specs/apple.graph", "chainrule quiz specs/sigmoid-by-hand.graph --values")
)
@click.argument("file")
@click.option("--values", is_flag=True, help="Ask for values, not for gradients.")
@click.option(
    "--of", metavar="NAME", help="The node to differentiate; default: what `train` minimises, else the output."
)
@click.option("--by", metavar="NAME", help="Only what the gradient by this node needs.")
@click.option("--inputs", metavar="FILE", help="Values of inputs by name: a JSON object or an .npz file.")
@click.option("--rows", metavar="START:STOP", help="Rows of the spec's data, from 0; default: the first.")
@click.option("--tolerance", type=Amount(1), default=0.01, help="How far off an answer may be, relatively.")
@verb
def quiz(
    request: Request,
    file: str,
    values: bool,
    of: str | None,
    by: str | None,
    inputs: str | None,
    rows: str | None,
    tolerance: float,
) -> dict[str, Json]:
    """Answer for the gradients of a spec, from its end back, and have each answer marked.

    An answer is a number, a product such as `1.1 * 2`, or lists of them for a tensor: `[[1, 2], [3, 4]]`. Of a tensor
    of more than 12 elements the shape is asked for. An empty answer shows the solution, `q` ends. With --json the
    questions are printed with their answers, and nothing is asked.
    """
    from ..views.text.json_values import json_value
    from ..views.walk.quiz import questions
    from .shared.passes import passes
    from .shared.values import unknown_path

    made = passes(request, file, of, None, inputs, rows)
    if made is None:
        return {}
    index = made.walk.graph.index
    if by is not None and by not in index:
        raise unknown_path(by, list(index), "'--by'")
    asked = list(questions(made.walk, values=values, by=index[by] if by is not None else None))
    if not request.as_json:
        _ask(request, asked, tolerance)
    listed: list[Json] = [
        {"question": each.text, "answer": json_value(each.answer), "explanation": "\n".join(each.explanation)}
        for each in asked
    ]
    return {"questions": listed}


def _ask(request: Request, asked: list[Question], tolerance: float) -> None:
    from ..views.walk.quiz import answer_of, right

    if not asked:
        request.say("there is nothing to ask for")
        return
    given = correct = 0
    for number, question in enumerate(asked, start=1):
        answer = _answer(f"{number}/{len(asked)}  {question.text} ")
        if answer is None:
            break
        said = answer_of(answer)
        given += 1
        if said is not None and right(question, said, tolerance):
            correct += 1
            request.say("    right")
        else:
            first, *rest = question.explanation
            start = "    not quite: " if answer else "    "
            request.say("\n".join((start + first, *(" " * len(start) + line for line in rest))))
    request.say(f"{correct} of {given} right")


def _answer(prompt: str) -> str | None:
    """A line from the user; None where there is no more, or the user has had enough."""
    output.say(prompt, end=False)
    line = output.read_line()
    if not line or line.strip().lower() in GIVE_UP:
        output.say("")
        return None
    return line.strip()
