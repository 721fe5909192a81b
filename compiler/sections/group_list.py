"""The key `groups` of `train`: params that the optimiser treats otherwise, and those that it leaves as they are."""

from collections.abc import Collection, Iterator, Sequence
from unicodedata import normalize

from ...grammar.suggestion import near, suggestion
from ...grammar.syntax import Call, Expression, List
from .. import faults
from ..elaborate.calls.checked_calls import invocation
from ..elaborate.scope import Site
from ..graph.graph import Graph
from ..graph.groups import ANY, Group, grouped, matcher
from ..graph.signatures import GROUPS, Invocation, group_signature


def group_list(
    expression: Expression, optimizer: Invocation, paths: Collection[str], site: Site
) -> tuple[Group, ...] | None:
    """The groups of params of these paths; None where one is faulty, which is reported."""
    items = expression.items if isinstance(expression, List) else (expression,)
    groups = [_group(item, optimizer, paths, site) for item in items]
    found = tuple(group for group in groups if group is not None)
    return found if len(found) == len(groups) else None


def _group(item: Expression, optimizer: Invocation, paths: Collection[str], site: Site) -> Group | None:
    if isinstance(item, Call) and item.function.name in GROUPS and not _replaceable(item, optimizer, site):
        return None
    call = invocation(item, {"group": group_signature(optimizer.name)}, "a group", site)
    if call is None:
        return None
    pattern = normalize("NFC", call.text("pattern"))
    frozen = call.arguments["frozen"] is True
    own = {each.name for each in GROUPS["group"].parameters}
    settings = {name: value for name, value in call.arguments.items() if name not in own and value is not None}
    if not any(map(matcher(pattern), paths)):
        site.tell(faults.NO_SUCH_PARAMS, item, pattern=pattern, hint=_meant(pattern, paths))
        return None
    if frozen and settings:
        hint = "leave `frozen` out, or the settings"
        site.tell(faults.FROZEN_SETTINGS, item, settings=", ".join(f"`{name}`" for name in settings), hint=hint)
        return None
    return Group(pattern, frozen, settings, site.span(item), columns=call.arguments["shard"] == "columns")


def _meant(pattern: str, paths: Collection[str]) -> str:
    """The nearest paths, and the nearest patterns of their beginnings and ends; else all paths."""
    known = list(paths)
    if ANY in pattern:
        heads = (f"{path.partition('.')[0]}.{ANY}" for path in paths if "." in path)
        ends = (f"{ANY}.{path.rpartition('.')[2]}" for path in paths if "." in path)
        known += dict.fromkeys((*heads, *ends))
    return suggestion(pattern, known if near(pattern, known) else paths, what="params")


def _replaceable(call: Call, optimizer: Invocation, site: Site) -> bool:
    """Whether the settings that a group names are ones that the optimiser has for each param; else that is reported."""
    known = [each.name for each in group_signature(optimizer.name).parameters]
    strange = [each.keyword for each in call.arguments if each.keyword and each.keyword.name not in known]
    for keyword in strange:
        if keyword.name == "clip_norm":
            hint = f"write it in `optimizer = {optimizer.name}(...)`; a group may have a `clip_value`"
            site.tell(faults.NORM_OF_GROUP, keyword, hint=hint)
            continue
        own = {each.name for each in GROUPS["group"].parameters}
        listed = ", ".join(name for name in known if name not in own)
        hint = f"a group of `{optimizer.name}` takes {listed}, `frozen = true` or `shard = columns`"
        site.tell(faults.NO_SUCH_SETTING, keyword, optimizer=optimizer.name, setting=keyword.name, hint=hint)
    return not strange


def all_frozen(groups: Sequence[Group], graph: Graph, minimize: int) -> bool:
    """Whether groups freeze every param that a node depends on."""
    members, needed = grouped(groups, graph.params), graph.ancestors([minimize])
    reached = [path for path, param in graph.params.items() if needed[param.index]]
    return bool(reached) and all(path in members and groups[members[path]].frozen for path in reached)


def idle_groups(groups: Sequence[Group], paths: Collection[str]) -> Iterator[tuple[Group, Group]]:
    """Groups whose params are all in groups before them, each with the one that has the first of these."""
    members = grouped(groups, paths)
    used = set(members.values())
    for number, group in enumerate(groups):
        if number not in used:
            yield group, groups[members[next(filter(matcher(group.pattern), members))]]
