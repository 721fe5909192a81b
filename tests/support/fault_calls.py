"""Every place of the source that tells a fault, held against the facts that the fault's template asks for.

A fault is told by `FAULT.at(place, fact=...)`, or by a teller: a function with a parameter of the type `Fault`, which
tells it in turn. Facts are keywords; `**fault.asked_for(fact=...)` adds those of its facts that the template asks for.
What is done with a fault in any other way can't be followed, and is a complaint too.
"""

import ast
import importlib
import importlib.util
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from chainrule.grammar.diagnostic import Fault

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class CannotFollow(Exception):
    """Something is done with a fault that can't be followed."""


@dataclass
class Facts:
    """The facts of a call, by name."""

    given: set[str] = field(default_factory=set)
    offered: dict[str, str] = field(default_factory=dict)
    """Those that are left out where the template doesn't ask for them, each with the place that offers it."""
    forwards: bool = False
    """Whether those that the calling function was given itself are among them."""


class Teller(NamedTuple):
    """A function that a fault is handed to."""

    name: str
    fault: str
    """The parameter that the fault is handed to; empty where it stands before the dot, as in `FAULT.at`."""
    position: int
    """Of that parameter, `self` left out."""
    others: frozenset[str]
    """Parameters that are no facts."""
    facts: Facts | None
    """Those that it adds; None where it only reads what the fault says."""


AT = Teller("Fault.at", "", -1, frozenset({"hint", "notes"}), Facts(forwards=True))


class Code:
    """A module's syntax, and what its names stand for."""

    def __init__(self, name: str, text: str, names: Mapping[str, object], package: str = "") -> None:
        self.name = name
        self.tree = ast.parse(text)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.functions = [node for node in ast.walk(self.tree) if isinstance(node, Function)]
        self.names = dict(names)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.level and self.function_of(node) is not None:
                self._import(node, package)

    def _import(self, node: ast.ImportFrom, package: str) -> None:
        """What an import inside a function brings: submodules, or names of a module."""
        source = importlib.import_module(importlib.util.resolve_name("." * node.level + (node.module or ""), package))
        for alias in node.names:
            if not hasattr(source, alias.name):
                importlib.import_module(f"{source.__name__}.{alias.name}")
            self.names[alias.asname or alias.name] = getattr(source, alias.name)

    def value(self, node: ast.AST) -> object:
        """What a name stands for, or a name of a module."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return getattr(self.names.get(node.value.id), node.attr, None)
        return self.names.get(node.id) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else None

    def function_of(self, node: ast.AST) -> Function | None:
        """The innermost function that a node stands in."""
        parent = self.parents.get(node)
        return parent if parent is None or isinstance(parent, Function) else self.function_of(parent)

    def was_handed(self, node: ast.AST) -> bool:
        """Whether a name is the fault that its function was handed."""
        function = self.function_of(node)
        parameter = fault_parameter(function) if function else None
        return parameter is not None and isinstance(node, ast.Name) and node.id == parameter.arg


# --- functions --------------------------------------------------------------------------------------------------


def parameters(function: Function) -> list[ast.arg]:
    """The parameters of a function, without `self`."""
    listed = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [parameter for parameter in listed if parameter.arg != "self"]


def speaks_of_faults(annotation: ast.expr | None) -> bool:
    return annotation is not None and re.search(r"\bFault\b", ast.unparse(annotation)) is not None


def fault_parameter(function: Function) -> ast.arg | None:
    return next((each for each in parameters(function) if speaks_of_faults(each.annotation)), None)


def called_name(call: ast.Call) -> str:
    """The name of what is called, what stands before the dot left out."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def bindings(function: Function, name: str) -> Iterator[ast.expr]:
    """What a function assigns to a name, or to parts of what has the name."""
    for node in ast.walk(function):
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr | ast.AugAssign):
            targets, value = [node.target], node.value
        elif isinstance(node, ast.For | ast.comprehension):
            targets, value = [node.target], node.iter
        if value is not None and any(name in stored(target) for target in targets):
            yield value


def stored(target: ast.expr) -> set[str]:
    """The names that an assignment writes to, or into."""
    if isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        return stored(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return set[str]().union(*(stored(each) for each in target.elts))
    return {target.id} if isinstance(target, ast.Name) else set()


# --- calls ------------------------------------------------------------------------------------------------------


class FaultCalls:
    """The calls that tell faults, in some modules."""

    def __init__(self, codes: Iterable[Code]) -> None:
        self.codes = list(codes)
        self.count = 0
        """Of calls that were checked."""
        self._followed: set[ast.AST] = set()
        """Mentions of faults that a call was checked with."""
        self._asked: dict[tuple[str, str], bool] = {}
        """Facts that are offered, with the place that offers them, and whether any fault asks for them."""
        self._tellers: dict[str, list[tuple[Code, Function]]] = {}
        for code in self.codes:
            for function in code.functions:
                if fault_parameter(function) is not None:
                    self._tellers.setdefault(function.name, []).append((code, function))

    def complaints(self) -> Iterator[str]:
        """What is wrong, each with its module and line."""
        for code in self.codes:
            for node in ast.walk(code.tree):
                try:
                    wrong = list(self._complaints(code, node))
                except CannotFollow as error:
                    wrong = [str(error)]
                yield from (f"{code.name}, line {getattr(node, 'lineno', 0)}: {each}" for each in wrong)
        for code in self.codes:
            for node in ast.walk(code.tree):
                if faults_in(code.value(node)) and node not in self._followed and not is_read(code, node):
                    yield f"{code.name}, line {getattr(node, 'lineno', 0)}: can't follow {ast.unparse(node)}"
        yield from (f"{place}: no fault asks for {name}" for (name, place), asked in self._asked.items() if not asked)

    def _complaints(self, code: Code, node: ast.AST) -> Iterator[str]:
        if isinstance(node, Function) and fault_parameter(node) is not None:
            self._as_teller(code, node)
        if isinstance(node, ast.Call):
            yield from self._checked(code, node)

    def _checked(self, code: Code, call: ast.Call) -> Iterator[str]:
        """What is wrong with the facts of a call that tells a fault, unless it tells what its function was handed."""
        teller, fault = self._teller(code, call)
        if teller is None or fault is None or code.was_handed(fault):
            return
        faults = self._faults(code, fault)
        if not faults or teller.facts is None:
            return
        self.count += 1
        facts = self._facts(code, call, teller)
        if facts.forwards:
            raise CannotFollow("facts that were handed over go with a fault that was not")
        for each in faults:
            wanted = set(each.facts)
            if lacking := wanted - facts.given - facts.offered.keys():
                yield f"{each.code} lacks {', '.join(sorted(lacking))}"
            if needless := facts.given - wanted:
                yield f"{each.code} does not ask for {', '.join(sorted(needless))}"
            for offer in facts.offered.items():
                self._asked[offer] = self._asked.get(offer, False) or offer[0] in wanted

    def _teller(self, code: Code, call: ast.Call) -> tuple[Teller | None, ast.expr | None]:
        """What a call hands a fault to, and the fault."""
        if isinstance(call.func, ast.Attribute) and call.func.attr == "at":
            before = call.func.value
            if code.was_handed(before) or self._faults(code, before):
                return AT, before
        known = self._tellers.get(called_name(call), [])
        tellers = [self._as_teller(*each) for each in [each for each in known if each[0] is code] or known]
        if not tellers:
            return None, None
        if any(each != tellers[0] for each in tellers):
            raise CannotFollow(f"several functions `{tellers[0].name}` take faults")
        teller = tellers[0]
        named = {each.arg: each.value for each in call.keywords}
        return teller, call.args[teller.position] if teller.position < len(call.args) else named.get(teller.fault)

    def _as_teller(self, code: Code, function: Function) -> Teller:
        """A function that takes a fault, and the facts that it adds where it tells it."""
        names = [each.arg for each in parameters(function)]
        parameter = fault_parameter(function)
        assert parameter is not None
        told = []
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and code.was_handed(node) and not is_read(code, node):
                call = self._telling(code, node)
                teller, _ = self._teller(code, call)
                if teller is not None and teller.facts is not None:
                    told.append(self._facts(code, call, teller))
        if any(each != told[0] for each in told):
            raise CannotFollow(f"`{function.name}` tells its fault with facts that differ")
        return Teller(
            function.name, parameter.arg, names.index(parameter.arg), frozenset(names), told[0] if told else None
        )

    def _telling(self, code: Code, node: ast.Name) -> ast.Call:
        """The call by which a function tells the fault that it was handed."""
        parent = code.parents[node]
        call = code.parents[parent] if isinstance(parent, ast.Attribute | ast.keyword) else parent
        if isinstance(call, ast.Call) and self._teller(code, call)[1] is node:
            return call
        raise CannotFollow(f"can't follow what becomes of the fault `{node.id}`")

    def _facts(self, code: Code, call: ast.Call, teller: Teller) -> Facts:
        """The facts of a call of a teller, with those that it adds itself."""
        assert teller.facts is not None
        facts = Facts(set(teller.facts.given), dict(teller.facts.offered))
        function = code.function_of(call)
        handed = function.args.kwarg.arg if function and function.args.kwarg else None
        for keyword in call.keywords:
            value = keyword.value
            if keyword.arg is not None:
                facts.given |= {keyword.arg} - teller.others
            elif isinstance(value, ast.Name) and value.id == handed:
                facts.forwards = True
            elif isinstance(value, ast.Call) and called_name(value) == "asked_for":
                facts.offered |= {each.arg or "**": f"{code.name}, line {value.lineno}" for each in value.keywords}
            else:
                raise CannotFollow(f"can't follow the facts **{ast.unparse(value)}")
        return facts

    def _faults(self, code: Code, expression: ast.expr, known: frozenset[str] = frozenset()) -> list[Fault]:
        """The faults that an expression may stand for: those that it mentions, also by names and functions."""
        if mentioned := faults_in(code.value(expression)):
            self._followed.add(expression)
            return mentioned
        function = code.function_of(expression)
        parts: list[ast.expr] = []
        if isinstance(expression, ast.Name) and function is not None and expression.id not in known:
            parts = list(bindings(function, expression.id))
            known |= {expression.id}
        elif isinstance(expression, ast.Call) and called_name(expression) != "at":
            for called in code.functions:
                if called.name == called_name(expression) and speaks_of_faults(called.returns):
                    answers = (each.value for each in ast.walk(called) if isinstance(each, ast.Return))
                    parts += [answer for answer in answers if answer is not None]
                    known = frozenset()
            if isinstance(expression.func, ast.Attribute):
                parts.append(expression.func.value)
        elif not isinstance(expression, ast.Call | ast.Attribute):
            parts = [each for each in ast.iter_child_nodes(expression) if isinstance(each, ast.expr)]
        return [fault for part in parts for fault in self._faults(code, part, known)]


def faults_in(value: object) -> list[Fault]:
    """A fault itself, or the faults of a collection."""
    values = [value] if isinstance(value, Fault) else value.values() if isinstance(value, Mapping) else value
    return [each for each in values if isinstance(each, Fault)] if isinstance(values, Collection) else []


def is_read(code: Code, node: ast.AST) -> bool:
    """Whether a fault is asked for what it says, compared, or put into a collection that is followed by its name."""
    parent = code.parents[node]
    if isinstance(parent, ast.Attribute):
        return parent.attr != "at"
    if isinstance(parent, ast.Compare):
        return True
    if isinstance(parent, ast.comprehension) and isinstance(parent.target, ast.Name):
        each = parent.target.id
        uses = [use for use in ast.walk(code.parents[parent]) if isinstance(use, ast.Name) and use.id == each]
        return all(use is parent.target or is_read(code, use) for use in uses)
    while not isinstance(parent, ast.stmt):
        parent = code.parents[parent]
    targets = parent.targets if isinstance(parent, ast.Assign) else [getattr(parent, "target", None)]
    named = [code.names.get(each.id) for each in targets if isinstance(each, ast.Name)]
    return code.function_of(parent) is None and any(map(faults_in, named))
