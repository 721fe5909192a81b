"""A spec as flat text: blocks expanded, one statement a node; it reads back to the same graph."""

from ..graph.spec import Spec


def graph_file(spec: Spec) -> str:
    raise NotImplementedError(spec)
