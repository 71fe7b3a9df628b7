"""What the client declares is what the API documents: no field, address or parameter apart."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import jsonschema
import pytest

from apps.api.schema import MEANS
from apps.api.views import described
from memweb_client import InSpace, calls, errors, shapes
from memweb_client.values import AnswerStream, Call, Download, Listing

TO = InSpace("atlas")
DAY, MOMENT = date(2026, 11, 21), datetime(2026, 11, 21, tzinfo=UTC)
CANDIDATE = shapes.Candidate(
    id=3, version=2, state="pending", origin="head", mood="stated", subject="Ada", subject_type="",
    relation=shapes.RelationRef(1, "place of birth"), object="Lindenau", object_type="",
    statement="", sentence="", document=None, score=None, valid_from=None, valid_to=None,
    replaces=None, disputes=None, proposed_by=None, created_at=MOMENT,
)  # fmt: skip
ROW = {"subject": "Ada", "relation": "place of birth", "object": "Lindenau"}
CALLS: dict[str, Any] = {
    "me": calls.me(),
    "spaces": calls.spaces(),
    "space": TO.space(),
    "figures": TO.figures(),
    "documents": TO.documents(q="a", state="done", format="pdf", limit=9),
    "document": TO.document(3),
    "document_upload": TO.document_upload(b"x", filename="a.txt", title="A"),
    "document_write": TO.document_write("x", title="A"),
    "passages": TO.passages(3, limit=9),
    "extractions": TO.extractions(3),
    "extraction": TO.extraction(3),
    "extraction_start": TO.extraction_start(3),
    "extraction_cancel": TO.extraction_cancel(3),
    "coverage": TO.coverage(3),
    "rows": TO.rows(3),
    "rows_cancel": TO.rows_cancel(3),
    "rows_retry": TO.rows_retry(3),
    "candidates": TO.candidates(
        state="pending", document=1, relation=1, score="x", q="a", order="newest", limit=9
    ),
    "candidate": TO.candidate(3),
    "candidate_hold": TO.candidate_hold(3, over=True),
    "candidate_accept": TO.candidate_accept(
        CANDIDATE, subject_entity=1, object_entity=2, another_subject="a", another_object="b",
        despite_conflicts=True,
    ),
    "candidate_reject": TO.candidate_reject(CANDIDATE, reason="not stated"),
    "candidate_defer": TO.candidate_defer(CANDIDATE),
    "dispute_keep": TO.dispute_keep(CANDIDATE, reason="x"),
    "dispute_retract": TO.dispute_retract(CANDIDATE),
    "dispute_end": TO.dispute_end(CANDIDATE, valid_to="2001"),
    "candidate_edit": TO.candidate_edit(CANDIDATE, {"object_text": "x"}, despite_conflicts=True),
    "candidate_merge": TO.candidate_merge(CANDIDATE, triple=4),
    "candidate_supersede": TO.candidate_supersede(CANDIDATE, triple=4, valid_to="2026"),
    "decision_undo": TO.decision_undo(3),
    "candidates_decide": TO.candidates_decide([CANDIDATE], "reject", reason="no"),
    "triples": TO.triples(
        q="a", relation=1, entity=1, type="PER", status="any", as_of=DAY, known_at=MOMENT, limit=9
    ),
    "triple": TO.triple(3),
    "evidence": TO.evidence(3),
    "history": TO.history(3),
    "due": TO.due(limit=9),
    "triple_still_true": TO.triple_still_true(3, version="0f"),
    "due_hold": TO.due_hold(3, over=True),
    "triple_correct": TO.triple_correct(3, object="x", valid_from=DAY, version="0f"),
    "triple_take_back": TO.triple_take_back(3),
    "triple_later": TO.triple_later(3),
    "entity_split": TO.entity_split(3, name="Ada", facts=[4], description="painter"),
    "triple_retract": TO.triple_retract(3, reason="wrong"),
    "entities": TO.entities(q="a", limit=9),
    "entity": TO.entity(3),
    "resolve": TO.resolve("Ada"),
    "read": TO.read("place of birth", subject="Ada", as_of=DAY, known_at=MOMENT, limit=9),
    "write": TO.write([ROW], title="x"),
    "messages_add": TO.messages_add(
        "a b", [{"speaker": "Ada", "time": "2026-05-04T09:12:00Z", "text": "x"}], session="one"
    ),
    "context": TO.context(
        "c", "How is Ada?", speaker="Ben", tokens=9, said_by="Ada", told="of_self"
    ),
    "conversation_proposals": TO.conversation_proposals(
        "c", speaker="Ada", told="of_others", limit=9
    ),
    "questions": TO.questions(limit=9),
    "question": TO.question(3),
    "question_ask": TO.question_ask("Who?", as_of=DAY, conversation=4),
    "question_cancel": TO.question_cancel(3),
    "question_meant": TO.question_meant(3, number=1),
    "answer": TO.answer(3),
    "answer_stream": TO.answer_stream(3),
    "exports": TO.exports(limit=9),
    "export": TO.export(3),
    "export_retry": TO.export_retry(3),
    "export_start": TO.export_start(
        format="jsonl", scope="period", since=DAY, until=DAY, document="a", entity="a",
        reviewer="3", version="1", question="a",
    ),
    "export_file": TO.export_file(3),
    "marks": TO.marks(limit=9),
    "mark": TO.mark(3),
    "answer_mark": TO.answer_mark(3, expected="x", citation=1, beside=True, since=DAY),
    "parts": TO.parts(3),
    "answer_misread": TO.answer_misread(
        3, [{"number": 0, "path": "target", "relation": 4, "known": "subject"}], left_out="x"
    ),
    "question_about": TO.question_about(3, entity=4),
    "question_again": TO.question_again(3),
    "mark_meant": TO.mark_meant(3, entity="Ada", relation=4, known="object", entity_id=5),
    "mark_propose": TO.mark_propose(3),
    "misreading_teach": TO.misreading_teach(3),
    "relation_proposals": TO.relation_proposals(limit=9),
    "relation_proposal": TO.relation_proposal(3),
    "relation_proposal_accept": TO.relation_proposal_accept(3, name="a", template="b"),
    "relation_proposal_use": TO.relation_proposal_use(3, relation=4),
    "relation_proposal_decline": TO.relation_proposal_decline(3, reason="no"),
    "resting": TO.resting("document:7"),
    "withdrawals": TO.withdrawals(limit=9),
    "withdrawal": TO.withdrawal(3),
    "source_withdraw": TO.source_withdraw("document:7", reason="x", seen_at=MOMENT),
    "withdrawal_undo": TO.withdrawal_undo(3),
    "import_read": TO.import_read(b"x", filename="a.json"),
    "import_shown": TO.import_shown(3),
    "import_columns": TO.import_columns(3, {"subject": 0, "object": 1}, one_relation="x"),
    "import_commit": TO.import_commit(3, {"a": 1}, texts=True),
    "import_give_up": TO.import_give_up(3),
    "benchmarks": TO.benchmarks(archived=True, limit=9),
    "benchmark": TO.benchmark(3),
    "benchmark_upload": TO.benchmark_upload(
        b"x", filename="a.json", name="a", kind="questions", licence="x", description="x",
        dry_run=True,
    ),
    "benchmark_draw": TO.benchmark_draw(
        "memory", size=10, seed=1, kinds=["single"], name="a", licence="x", description="x",
        dry_run=True, sha256="0f",
    ),
    "benchmark_archive": TO.benchmark_archive(3),
    "benchmark_restore": TO.benchmark_restore(3),
    "baseline_pin": TO.baseline_pin(3, 4),
    "versions": TO.versions(3, limit=9),
    "cases": TO.cases(3, 1, q="a", kind="single", relation="x", limit=9),
    "samples": TO.samples(),
    "sample_add": TO.sample_add("demo_world"),
    "schedules": TO.schedules(3),
    "schedule_set": TO.schedule_set(3, "decisions", every=9, mode="memory", measure="right"),
    "schedule": TO.schedule(3),
    "schedule_seen": TO.schedule_seen(3),
    "schedule_remove": TO.schedule_remove(3),
    "run_cancel": TO.run_cancel(3),
    "run_retry": TO.run_retry(3),
    "comparison": TO.comparison([3, 4]),
    "flips": TO.flips(3, 4, changed="worse", skip=1),
    "learning": TO.learning(),
    "learning_back": TO.learning_back(),
    "trainings": TO.trainings(limit=9),
    "training": TO.training(3),
    "training_start": TO.training_start(),
    "training_cancel": TO.training_cancel(3),
    "training_retry": TO.training_retry(3),
    "training_on": TO.training_on(3),
    "training_run": TO.training_run(3, 4),
    "space_change": TO.space_change(name="a", question_days=None),
    "heads": TO.heads(),
    "head": TO.head("write"),
    "head_choose": TO.head_choose(
        "read", backend="causal", base="a", adapter="b", least=1, cut=True
    ),
    "webhooks": TO.webhooks(limit=9),
    "webhook": TO.webhook(3),
    "webhook_make": TO.webhook_make(name="a", address="https://a", kinds=["run.finished"]),
    "webhook_change": TO.webhook_change(
        3, name="a", address="https://a", kinds=["run.finished"], is_on=True
    ),
    "webhook_secret": TO.webhook_secret(3),
    "webhook_remove": TO.webhook_remove(3),
    "webhook_test": TO.webhook_test(3),
    "deliveries": TO.deliveries(3, state="failed", limit=9),
    "delivery": TO.delivery(3, 4),
    "delivery_again": TO.delivery_again(3, 4),
    "explicit": TO.explicit(),
    "explicit_change": TO.explicit_change(is_on=True, base="a", adapter="b", policy="off"),
    "explicit_memories": TO.explicit_memories(state="fresh", limit=9),
    "explicit_memory": TO.explicit_memory(3),
    "builds": TO.builds(limit=9),
    "build": TO.build(3),
    "build_start": TO.build_start(),
    "build_cancel": TO.build_cancel(3),
    "moves": TO.moves(state="made", limit=9),
    "moves_weigh": TO.moves_weigh(),
    "move_make": TO.move_make(3),
    "adapting": TO.adapting(),
    "adapting_set": TO.adapting_set(is_on=False),
    "runs": TO.runs(benchmark=3, state="done", limit=9),
    "run": TO.run(3),
    "head_run_start": TO.head_run_start(
        "write", 3, backend="causal", base="larch", adapter="a", least=40, cut=True
    ),
    "run_start": TO.run_start(
        3, version=1, mode="memory", head="encoder", moment=2, note="x", beside=True
    ),
    "results": TO.results(3, limit=9),
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return described()


def of_path(schema: dict[str, Any], path: str) -> tuple[str, dict[str, Any]]:
    """Return the documented address that a path belongs to, and its methods."""
    parts = f"/api/v1{path}".split("/")
    exact = sorted(schema["paths"].items(), key=lambda one: one[0].count("{"))
    for known, methods in exact:  # "benchmarks/draw" is no benchmark of its own
        pattern = known.split("/")
        if len(pattern) == len(parts) and all(
            one == two or one.startswith("{") for one, two in zip(pattern, parts, strict=True)
        ):
            return known, methods
    raise AssertionError(f"There is no address {path}.")


def answers(call: dict[str, Any]) -> set[str]:
    """Return the kinds of what a call is answered with where all is well."""
    return {
        content["schema"].get("$ref", "").rpartition("/")[2]
        for status, answer in call["responses"].items()
        if status.startswith("2")
        for content in answer.get("content", {}).values()
    }


def test_every_call_of_the_client_is_looked_at() -> None:
    own = {name for name, _ in inspect.getmembers(InSpace, inspect.isfunction) if name[0] != "_"}
    assert set(CALLS) == own | {"me", "spaces"}


@pytest.mark.parametrize("name", CALLS)
def test_it_is_documented(name: str, schema: dict[str, Any]) -> None:
    call = CALLS[name]
    method = call.method.lower() if isinstance(call, Call) else "get"
    known = of_path(schema, call.path)[1][method]
    parameters = {one["name"] for one in known.get("parameters", ())}
    assert set(getattr(call, "params", ())) <= parameters
    if isinstance(call, Listing):
        assert answers(known) == {f"{schema_name(call.item)}Page"}
        assert "limit" not in call.params or "cursor" in parameters
    elif isinstance(call, Call):
        assert answers(known) == (set() if call.shape is NoneType else {schema_name(call.shape)})
        check_body(call, known, schema)
    else:
        assert isinstance(call, AnswerStream | Download)
        assert answers(known) == {""}


def check_body(call: Call[Any], known: dict[str, Any], schema: dict[str, Any]) -> None:
    content = known.get("requestBody", {}).get("content", {})
    if call.file is not None:
        shape = schema["components"]["schemas"][name_in(content["multipart/form-data"]["schema"])]
        assert {"file", *call.data} <= set(shape["properties"])
    elif call.body is not None:
        whole = content["application/json"]["schema"] | {"components": schema["components"]}
        jsonschema.validate(call.body, whole, cls=jsonschema.Draft202012Validator)
        shape = schema["components"]["schemas"][name_in(content["application/json"]["schema"])]
        assert set(call.body) <= set(shape["properties"])


def name_in(schema: dict[str, Any]) -> str:
    return schema["$ref"].rpartition("/")[2]


def schema_name(shape: type) -> str:
    return shape.__name__ if shape.__name__.endswith("Ref") else f"{shape.__name__}Out"


SHAPES = [
    one
    for _, one in inspect.getmembers(shapes, inspect.isclass)
    if is_dataclass(one) and one not in (shapes.Job, shapes.Progress)
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda one: one.__name__)
def test_it_has_the_documented_fields_and_types(shape: Any, schema: dict[str, Any]) -> None:
    known = schema["components"]["schemas"][schema_name(shape)]["properties"]
    hints = get_type_hints(shape)
    assert {one.name for one in fields(shape)} == set(known)
    wrong = {
        name: (hints[name], said) for name, said in known.items() if not fits(hints[name], said)
    }
    assert wrong == {}


PLAIN = {"string": str, "integer": int, "number": float, "boolean": bool}
FORMATS = {"date": date, "date-time": datetime}


def fits(hint: Any, said: dict[str, Any]) -> bool:
    """Tell whether whatever the schema allows can be read as the type, and is not read for more."""
    if hint is Any:
        return not said.get("type") and "$ref" not in said
    options = said.get("oneOf")
    kinds = said.get("type")
    is_nullable = (isinstance(kinds, list) and "null" in kinds) or (
        bool(options) and {"type": "null"} in options
    )
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
        if not is_nullable:
            return False
    elif is_nullable:
        return False
    if options:
        (said,) = (one for one in options if one != {"type": "null"})
    return fits_plainly(hint, said)


def fits_plainly(hint: Any, said: dict[str, Any]) -> bool:
    if "$ref" in said:
        return is_dataclass(hint) and schema_name(hint) == name_in(said)  # type: ignore[arg-type]
    kinds = said.get("type")
    kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
    if kind == "array":
        return get_origin(hint) is tuple and fits(get_args(hint)[0], said["items"])
    if "enum" in said:
        return get_origin(hint) is Literal and set(get_args(hint)) == set(said["enum"])
    return hint is FORMATS.get(said.get("format", ""), PLAIN.get(kind or ""))


def test_it_sees_what_does_not_fit() -> None:
    assert not fits(int, {"type": "string"})
    assert not fits(str, {"type": ["string", "null"]})
    assert not fits(str | None, {"type": "string"})
    assert not fits(Literal["a"], {"type": "string", "enum": ["a", "b"]})
    assert not fits(str, {"type": "string", "format": "date"})
    assert not fits(tuple[int, ...], {"type": "array", "items": {"type": "string"}})
    assert not fits(shapes.Entity, {"$ref": "#/components/schemas/EntityRef"})


def test_each_type_of_problem_has_a_class_of_its_own(schema: dict[str, Any]) -> None:
    documented = {}
    for methods in schema["paths"].values():
        for call in methods.values():
            for status, answer in call["responses"].items():
                if int(status) >= 400:
                    (example,) = answer["content"]["application/problem+json"]["examples"].values()
                    documented[example["value"]["type"]] = int(status)
    assert {*documented.values()} == {status for status in MEANS if status >= 400} - {408}
    found = {kind: errors.problem_of({"type": kind}, status=0) for kind in documented}
    assert len({type(one) for one in found.values()}) == len(documented) > 12
    assert errors.Problem not in {type(one) for one in found.values()}
    assert {kind: one.usual_status for kind, one in found.items()} == documented
