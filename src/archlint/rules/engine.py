"""Rules to findings: which rules run for which subject, what they find, and what the other stages found."""

from __future__ import annotations

from _thread import get_ident
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, cast

from archlint.facts.registry import PartialReading, Place, Reading, Registry, Value
from archlint.findings import Finding, Fix, Related, Severity
from archlint.rules import fixes, suppress, templates
from archlint.rules.expressions import EvaluationError, Evaluator, asked_about
from archlint.rules.rule import Template
from archlint.rules.ruleset import Ruleset, ruleset_of
from archlint.rules.select import Active, active
from archlint.rules.show import show
from archlint.rules.suspects import NOTHING, Function, Get, Readers, reader, reader_through
from archlint.source.document import Document, Problem
from archlint.source.pointer import escape
from archlint.source.tree import Node, Pair
from archlint.values import NamedTuple

if TYPE_CHECKING:
    from archlint.memo import Memo
    from archlint.model import Model
    from archlint.project import Settings
    from archlint.specs.kind import Recognition


class Subject(NamedTuple):
    """The subject of the scope ``document``: a file and everything in it."""

    document: Document
    recognition: Recognition | None
    models: Sequence[Model]


_evaluators: dict[int, Evaluator] = {}
"""One for each thread, by its identity."""


def run(
    document: Document,
    recognition: Recognition | None,
    models: Sequence[Model],
    settings: Settings,
    problems: Iterable[Problem] = (),
    memo: Memo | None = None,
) -> list[Finding]:
    """Return every finding on a document, suppressions applied, in file order.

    ``problems`` are what other stages found beside those of the document's own source. ``memo`` remembers the
    findings on entries that did not change since it was last used.
    """
    ruleset = ruleset_of(settings)
    chosen = active(ruleset, settings, document.name)
    by_name = _named(chosen)
    found = [
        finding
        for problem in (*document.problems, *problems)
        if (finding := report(problem, document, models, by_name.get(problem.rule))) is not None
    ]
    # Which rules had all their facts matters to suppressions, and to a memory of what one entry alone gave.
    counts = bool(settings.suppress) or memo is not None or "archlint:" in document.text
    evaluated: set[tuple[str, int]] | None = set() if counts else None
    if memo is not None:
        memo.rest_on(ruleset, chosen, document.name)
    found += evaluate(ruleset, Subject(document, recognition, models), chosen, evaluated, memo)
    found = suppress.apply(
        found, document, models, settings, ruleset, by_name, report, frozenset(evaluated or ())
    )
    return sorted(dict.fromkeys(_first_told(found)), key=lambda finding: finding.sort_key)


def running(settings: Settings, name: str) -> Mapping[str, Active]:
    """Return the rules that run for the file ``name``, by their names."""
    return _named(active(ruleset_of(settings), settings, name))


def _first_told(found: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what a rule has found at the same place in an earlier entry: YAML's merge key shares members."""
    told: dict[tuple[str, int, int], str | None] = {}
    for each in found:
        if told.setdefault((each.code, each.start_offset, each.end_offset), each.model) == each.model:
            yield each


def evaluate(
    ruleset: Ruleset,
    subject: Subject,
    running: Iterable[Active],
    evaluated: set[tuple[str, int]] | None = None,
    memo: Memo | None = None,
) -> list[Finding]:
    """Evaluate the rules that have a check, each for every subject of its scope.

    ``evaluated`` gathers which rule (code) had all its facts for which model (id), where that is asked.
    """
    every, alone, beyond = _plans(ruleset, running, memo is not None)
    silent = "archlint:" not in subject.document.text
    evaluation = _Evaluation(ruleset.registry, subject.document, _evaluator(), evaluated)
    visit = _Visit(evaluation, alone, beyond, memo, silent)
    found: list[Finding] = []
    visit.subject(Reading(ruleset.registry, "document", subject), every, found, silent and memo is None)
    return found


class _Visit:
    """Goes from a subject to those below it. ``memo`` keeps what ``alone`` finds on a model.

    Where it is ``quick``, only the rules that may find something are evaluated.
    """

    __slots__ = ("alone", "beyond", "evaluation", "memo", "silent")

    def __init__(
        self, evaluation: _Evaluation, alone: _Plan, beyond: _Plan, memo: Memo | None, silent: bool
    ) -> None:
        self.evaluation, self.alone, self.beyond, self.memo = evaluation, alone, beyond, memo
        self.silent = silent

    def subject(self, reading: Reading, plan: _Plan, found: list[Finding], quick: bool) -> None:
        """Add what the rules of ``plan`` find on a subject and on those below it."""
        # Where a scope has no facts of its own, those around it are read there: each is looked up once.
        get = (reading.around if reading.around and plan.factless else reading).get
        if not quick:
            for active in plan.rules:
                found += self.evaluation.rule(active, reading)
        elif plan.rules:
            for judge in plan.judges:
                own = judge.through(reading.get)
                for number in judge.function(reading.subject, get, judge.on, judge.options, own):
                    found += self.evaluation.rule(judge.rules[number], reading)
        bare = plan.scope == "model" and cast("Model", reading.subject).card is None
        for below in plan.below:
            if bare and below.of_cards:
                continue
            if quick and below.innermost and not isinstance(reading, PartialReading):
                self.innermost(reading, get, below, found)
                continue
            for subject in below.subjects(reading.subject):
                inner = _reading(reading, below.scope, subject)
                if self.memo is not None and below.scope == "model":
                    self.remembered(inner, self.memo, found)
                else:
                    self.subject(inner, below, found, quick)

    def innermost(self, around: Reading, get: Get, plan: _Plan, found: list[Finding]) -> None:
        """Add what the rules of a scope without others below find: a subject without a suspect needs no reading."""
        judges = plan.judges
        for subject in plan.subjects(around.subject):
            for judge in judges:
                for number in judge.function(subject, get, judge.on, judge.options, judge.own):
                    reading = around.below(plan.scope, subject)
                    found += self.evaluation.rule(judge.rules[number], reading)

    def remembered(self, reading: Reading, memo: Memo, found: list[Finding]) -> None:
        """Add what is found on a model, or was when it was the same."""
        model = cast("Model", reading.subject)
        evaluated = self.evaluation.evaluated
        known = memo.recall(model)
        if known is None:
            self.evaluation.evaluated = set()
            own: list[Finding] = []
            self.subject(reading, self.alone, own, False)
            codes = frozenset(code for code, _ in self.evaluation.evaluated)
            self.evaluation.evaluated = evaluated
            memo.keep(model, own, codes)
        else:
            own, codes = known
        if not self.silent and evaluated is not None:
            evaluated.update((code, id(model)) for code in codes)
        found += own
        self.subject(reading, self.beyond, found, self.silent)


def _reading(around: Reading, scope: str, subject: object) -> Reading:
    """Return a reading of a subject below ``around``: of a config that is damaged, only of what is written."""
    if scope == "model":
        model = cast("Model", subject)
        if model.config is not None and model.config.partial:
            return PartialReading(around.registry, scope, model, around)
    return around.below(scope, subject)


_latest_names: tuple[Iterable[Active], Mapping[str, Active]] | None = None


def _named(running: Iterable[Active]) -> Mapping[str, Active]:
    """Return the rules by name; files of one run mostly share them."""
    global _latest_names
    latest = _latest_names
    if latest is None or latest[0] is not running:
        latest = _latest_names = (running, {each.rule.name: each for each in running})
    return latest[1]


_latest: tuple[Ruleset, Iterable[Active], bool, tuple[_Plan, _Plan, _Plan]] | None = None
"""What was planned last: files of one run mostly share their rules."""


def _plans(ruleset: Ruleset, running: Iterable[Active], apart: bool) -> tuple[_Plan, _Plan, _Plan]:
    """Return the plan of a document for all rules.

    Where ``apart``, the others are a model's for the rules that look at one entry, and for those that compare.
    """
    global _latest
    if _latest is None or not (_latest[0] is ruleset and _latest[1] is running and _latest[2] is apart):
        checking = [each for each in running if not each.rule.raised_by]
        every = _plan(ruleset, checking)["document"]
        alone = beyond = every
        if apart:
            across = ruleset.across
            alone = _plan(ruleset, [each for each in checking if each.rule.code not in across])["model"]
            beyond = _plan(ruleset, [each for each in checking if each.rule.code in across])["model"]
        _latest = (ruleset, running, apart, (every, alone, beyond))
    return _latest[3]


def _plan(ruleset: Ruleset, running: Iterable[Active]) -> dict[str, _Plan]:
    """Return the plans of the scopes that have to be visited for some rules; always those of documents and models."""
    plans = {"document": _Plan(ruleset, "document"), "model": _Plan(ruleset, "model")}
    plans["document"].below.append(plans["model"])
    for each in running:
        chain = ruleset.registry.chain(each.rule.each)
        below: _Plan | None = None
        for name in chain:  # from the innermost on
            new = name not in plans
            plan = plans.setdefault(name, _Plan(ruleset, name))
            if below is not None:
                plan.below.append(below)
            below = plan if new else None
        plans[each.rule.each].rules.append(each)
    return plans


class _Judge(NamedTuple):
    """The function of a scope, and what it is called with: ``rules`` by the numbers that it returns."""

    function: Function
    rules: Sequence[Active]
    on: Sequence[bool]
    options: Sequence[Mapping[str, Any]]
    own: Readers
    names: Sequence[tuple[str, bool]]

    def through(self, get: Get) -> Readers:
        """Return readers of the scope's own facts that go through ``get``."""
        return [reader_through(get, name, bare) for name, bare in self.names]


class _Plan:
    """The rules that run for the subjects of a scope, and the plans of the scopes below that have to be visited."""

    def __init__(self, ruleset: Ruleset, scope: str) -> None:
        registry = ruleset.registry
        self.ruleset, self.scope = ruleset, scope
        self.of_cards, self.factless = scope in registry.of_cards, scope in registry.factless
        self.innermost = registry.is_innermost(scope)
        self.rules: list[Active] = []
        self.below: list[_Plan] = []

    @cached_property
    def subjects(self) -> Callable[[Any], Iterable[object]]:
        """What lists the subjects; its module is imported when the scope is first visited."""
        return self.ruleset.registry.scopes[self.scope].subjects

    @cached_property
    def judges(self) -> list[_Judge]:
        """What names the rules that may find something; made when the scope is first visited."""
        running = {each.rule.code: each for each in self.rules}
        facts, found = self.ruleset.registry.facts, []
        for table in self.ruleset.written:
            codes, function, own = table.get(self.scope, NOTHING)
            if running.keys() & codes:
                on = [code in running for code in codes]
                rules = [running.get(code, self.rules[0]) for code in codes]
                options = [each.options for each in rules]
                readers = [reader(facts[name], bare) for name, bare in own]
                found.append(_Judge(function, rules, on, options, readers, own))
        return found


def report(
    problem: Problem, document: Document, models: Sequence[Model], active: Active | None
) -> Finding | None:
    """Return the finding for something that another stage found; None when its rule does not run."""
    if active is None:
        return None
    rule = active.rule
    model = _model_at(models, problem.start)
    title = f"fix {rule.name.replace('-', ' ')}"
    edits = (Fix(title, problem.edits, problem.safe),) if problem.edits else ()
    return _finding(
        active,
        document,
        problem.start,
        problem.end,
        templates.fill_named(rule.message, problem.facts) if problem.facts or rule.message else rule.summary,
        model=model,
        pointer=_pointer(model, problem.start, problem.end),
        fixes=edits,
        related=tuple(_related(document, start, end, text) for start, end, text in problem.related),
    )


def _model_at(models: Sequence[Model], offset: int) -> Model | None:
    """Return the model that stands around ``offset``; of many, found by bisection."""
    if len(models) < _MANY:
        return next((model for model in models if _around(model, offset)), None)
    global _starts
    known = _starts
    if known is None or known[0] is not models:
        placed = [(nodes[0].start, model) for model in models if (nodes := _nodes(model))]
        known = _starts = (models, sorted(placed, key=itemgetter(0)))
    at = bisect_right(known[1], offset, key=itemgetter(0)) - 1
    return known[1][at][1] if at >= 0 and _around(known[1][at][1], offset) else None


_MANY = 32
_starts: tuple[Sequence[Model], list[tuple[int, Model]]] | None = None
"""Where each model of a large gallery begins: it may have as many findings as entries."""


def _nodes(model: Model) -> list[Node]:
    nodes = [node for node in (model.name_node, model.node) if node is not None]
    return sorted(nodes, key=lambda node: node.start)


def _around(model: Model, offset: int) -> bool:
    nodes = [node for node in (model.name_node, model.node) if node is not None]
    if not nodes:
        return False
    start = min(node.start for node in nodes)
    end: int = max(start + 1, *(node.end for node in nodes))
    return bool(start <= offset < end)


class _Evaluation:
    """Evaluates rules for the subjects of one document; ``evaluated`` gathers which had all their facts, if asked."""

    def __init__(
        self,
        registry: Registry,
        document: Document,
        evaluator: Evaluator,
        evaluated: set[tuple[str, int]] | None,
    ) -> None:
        self.registry, self.document = registry, document
        self.evaluator, self.evaluated = evaluator, evaluated

    def rule(self, active: Active, reading: Reading) -> Iterator[Finding]:
        rule = active.rule
        get = reading.get
        for name in rule.needs:
            if get(name) is None:
                return
        if isinstance(reading, PartialReading) and any(get(name) is None for name in asked_about(rule)):
            return  # what is not there may be in the part that is lost
        if self.evaluated is not None:
            if self.place(rule.at, reading) is None:
                return
            self.evaluated.add((rule.code, id(reading.subject_of("model"))))
        try:
            evaluate = self.evaluator.evaluate
            if rule.when is not None and evaluate(rule.when, reading, active.options) is False:
                return
            assert rule.check is not None
            if evaluate(rule.check, reading, active.options) is not False:
                return
            message = self.text(rule.message, reading, active)
        except EvaluationError as error:
            # Never passed over: a check that errs is a defect of the rule, and its user is told.
            told = replace_severity(active, min(active.severity, Severity.INFO))
            place = self.place(rule.at, reading)
            if place is not None:
                message = f"{rule.code} could not be evaluated: {error}"
                yield self.finding(told, reading, place, message, ())
            return
        place = self.place(rule.at, reading)
        if place is None:
            return
        for note in rule.notes:
            if all(get(name) is not None for name in templates.facts_of(note)):
                message += "; " + self.text(note, reading, active)
        if active.severity > Severity.INFO and not all(self.verified(get(name)) for name in rule.rests_on):
            active = replace_severity(active, Severity.INFO)
        yield self.finding(active, reading, place, message, self.fixes(active, reading))

    def place(self, names: Sequence[str], reading: Reading) -> Place | None:
        """Return the place of the first of ``names`` that is written in this document, else of any in it."""
        fallback: Place | None = None
        for name in names:
            value = reading.get(name)
            place = None if value is None else value.place
            if value is None or place is None or place.document is not self.document:
                continue
            if value.origin == "written":
                return place
            fallback = fallback or place
        return fallback

    @staticmethod
    def verified(value: Value | None) -> bool:
        return value is None or value.verified

    def text(self, template: Template, reading: Reading, active: Active) -> str:
        return templates.fill(template, reading, self.registry, self.evaluator, active.options)

    def fixes(self, active: Active, reading: Reading) -> tuple[Fix, ...]:
        out = []
        for fix in active.rule.fixes:
            value = reading.get(fix.at)
            if value is None or value.place is None or value.place.document is not self.document:
                continue
            try:
                if fix.when is not None and not self.evaluator.evaluate(fix.when, reading, active.options):
                    continue
                title = self.text(fix.title, reading, active)
                edits = fixes.edits(fix.kind, value.place, fix.key, self.text(fix.template, reading, active))
            except EvaluationError:
                continue
            if edits:
                out.append(Fix(title, edits, fix.safe))
        return tuple(out)

    def finding(
        self, active: Active, reading: Reading, place: Place, message: str, fixes: tuple[Fix, ...]
    ) -> Finding:
        rule = active.rule
        model = cast("Model | None", reading.subject_of("model"))
        related = []
        for name, further in self.further(rule.also, reading):
            at = further.place
            if at is None or (
                at.document is place.document and (at.start, at.end) == (place.start, place.end)
            ):
                continue
            related.append(_related(at.document, at.start, at.end, self.label(name, further)))
        steps: list[str] = []
        for name in rule.derivation:
            value = reading.get(name)
            if value is not None and value.derivation is not None:
                steps += value.derivation()
        return _finding(
            active,
            place.document,
            place.start,
            place.end,
            message,
            model=model,
            pointer=_pointer(model, place.start, place.end, place.node),
            fixes=fixes,
            related=tuple(dict.fromkeys(related)),
            derivation=tuple(steps),
        )

    @staticmethod
    def further(names: Sequence[str], reading: Reading) -> Iterator[tuple[str, Value]]:
        """Yield the facts ``names`` that stand somewhere; for a derived one what enters it."""
        for name in names:
            value = reading.get(name)
            if value is not None and value.origin != "derived":
                yield name, value
            elif value is not None and value.rests_on is not None:
                yield from value.rests_on().items()

    def label(self, name: str, value: Value) -> str:
        place = value.place
        shown = value.text if value.text is not None else show(value.data)
        if value.origin == "default":
            return f"{name.rpartition('.')[2]} = {shown}, by default"
        key = place.pair.name if place is not None and place.pair is not None else name.rpartition(".")[2]
        return f"{key} = {shown}"


def replace_severity(active: Active, severity: Severity) -> Active:
    """Return ``active`` with another severity."""
    return Active(active.rule, severity, active.options)


def _evaluator() -> Evaluator:
    """Return this thread's evaluator: compiled expressions stay in it from file to file."""
    thread = get_ident()
    evaluator = _evaluators.get(thread)
    if evaluator is None:
        evaluator = _evaluators[thread] = Evaluator()
    return evaluator


def _finding(
    active: Active,
    document: Document,
    start: int,
    end: int,
    message: str,
    *,
    model: Model | None,
    pointer: str,
    fixes: tuple[Fix, ...] = (),
    related: tuple[Related, ...] = (),
    derivation: tuple[str, ...] = (),
) -> Finding:
    position = document.lines.position
    rule = active.rule
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=active.severity,
        message=message,
        file=document.name,
        start=position(start),
        end=position(end),
        start_offset=start,
        end_offset=end,
        pointer=pointer,
        model=model.name if model is not None else None,
        confidence=rule.confidence,
        fixes=fixes,
        related=related,
        derivation=derivation,
        tags=rule.tags,
        value=" ".join(document.text[start : min(end, start + 200)].split()),
    )


def _related(document: Document, start: int, end: int, message: str) -> Related:
    return Related(document.name, document.lines.position(start), document.lines.position(end), message)


def _pointer(model: Model | None, start: int, end: int, said: Node | None = None) -> str:
    """Return the pointer, within the model, to the deepest value (or key) around a place: of ``said``, if known."""
    if model is None or model.node is None or said is model.node:
        return ""
    node = model.node
    if not node.start <= start < max(node.end, node.start + 1):
        return ""
    pointer = ""
    while True:
        member = _member_around(node.pairs, start, end)
        if member is not None:
            pointer, node = f"{pointer}/{escape(member.name)}", member.value
        else:
            index, item = _item_around(node.items, start, end)
            if item is None:
                return pointer
            pointer, node = f"{pointer}/{index}", item
        if not (node.start <= start and end <= node.end):
            return pointer


def _member_around(pairs: Sequence[Pair], start: int, end: int) -> Pair | None:
    """Return the member around a place: by bisection, and one by one where members stand out of order (merged)."""

    def around(pair: Pair) -> bool:
        return pair.key.start <= start and end <= max(pair.value.end, pair.key.end)

    if len(pairs) > _MANY:
        at = bisect_right(pairs, start, key=lambda pair: pair.key.start) - 1
        if at >= 0 and around(pairs[at]):
            return pairs[at]
    return next(filter(around, pairs), None)


def _item_around(items: Sequence[Node], start: int, end: int) -> tuple[int, Node | None]:
    """Return the element around a place, and its number."""
    if len(items) > _MANY:
        at = bisect_right(items, start, key=attrgetter("start")) - 1
        if at >= 0 and items[at].start <= start and end <= items[at].end:
            return at, items[at]
    for index, item in enumerate(items):
        if item.start <= start and end <= item.end:
            return index, item
    return 0, None
