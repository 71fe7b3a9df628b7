"""How the tests of a run are handed out to its processes (``memweb/testing/``)."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from memweb.testing import order, pytest_collection_modifyitems
from memweb.testing.by_file import ByFile

MODELS = [f"tests/worker/test_{name}.py::test_it_{n}" for name in "ab" for n in (1, 2)]
OTHERS = [f"tests/apps/test_{name}.py::test_it_{n}" for name in "cde" for n in (1, 2)]
ALL = [*MODELS, *OTHERS]


class Process:
    """What the scheduler knows of a process that runs tests."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.got: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.got += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def config(**own: object) -> SimpleNamespace:
    option = SimpleNamespace(loadscopereorder=False, tx=["popen"] * 2, maxprocesses=None)
    hook = SimpleNamespace(pytest_collectreport=lambda report: WRONG.append(report))
    return SimpleNamespace(option=option, hook=hook, getvalue=lambda name: option.tx, **own)


WRONG: list[object] = []


@pytest.fixture
def run(monkeypatch):
    """Hand out all tests to two processes, which may read other ones; return who ran what."""

    def hand_out(read_by_first: list[str], read_by_second: list[str]) -> dict[str, list[str]]:
        WRONG.clear()
        scheduler = ByFile(config())
        scheduler.numnodes = 2
        # The one that reads less is done first.
        read = {Process("gw1"): read_by_second, Process("gw0"): read_by_first}
        for process in read:
            scheduler.add_node(process)
        for process, collection in read.items():
            scheduler.add_node_collection(process, collection)
        scheduler.schedule()
        ran: dict[str, list[str]] = {process.gateway.id: [] for process in read}
        while scheduler.has_pending:
            for process, collection in read.items():
                if process.got:
                    index = process.got.pop(0)
                    ran[process.gateway.id].append(collection[index])
                    scheduler.mark_test_complete(process, index)
        assert WRONG or all(process.shutting_down for process in read)
        return ran

    return hand_out


def test_it_hands_every_test_out_once_and_no_file_in_parts(run):
    ran = run(ALL, ALL)
    assert sorted(ran["gw0"] + ran["gw1"]) == sorted(ALL)
    assert ran["gw0"][:2] == ALL[:2]
    assert ran["gw1"][:2] == ALL[-2:]
    files = [{order.unit_of(nodeid) for nodeid in nodeids} for nodeids in ran.values()]
    assert not files[0] & files[1]


def test_it_gives_a_process_only_what_it_has_read(run):
    ran = run(ALL, OTHERS)
    assert sorted(ran["gw0"] + ran["gw1"]) == sorted(ALL)
    assert set(ran["gw0"]) >= set(MODELS)
    assert ran["gw1"]


def test_it_lets_a_process_end_that_has_read_nothing_of_what_is_to_run(run):
    assert run(MODELS, []) == {"gw0": MODELS, "gw1": []}


def test_it_refuses_what_one_process_has_read_otherwise(run):
    run(ALL, [*OTHERS, "tests/apps/test_other.py::test_it_1"])
    assert WRONG
    run(ALL, OTHERS[::-1])
    assert WRONG


@pytest.mark.parametrize(
    ("name", "path", "left"),
    [
        ("gw0", "tests/worker/test_a.py", False),
        ("gw1", "tests/worker/test_a.py", True),
        ("gw1", "tests/worker", True),
        ("gw1", "tests/apps/memory/test_packs.py", True),
        ("gw1", "tests/apps/memory/test_services.py", False),
        ("gw1", "tests", False),
        ("gw2", "tests/worker/test_a.py", False),
        ("gw3", "tests/worker/test_a.py", True),
        ("gw5", "tests/worker/test_a.py", False),  # in place of one that crashed
    ],
)
def test_half_of_the_processes_read_no_test_of_a_model(name, path, left):
    own = config(workerinput={"workerid": name, "workercount": 4})
    assert order.is_left_to_others(order.ROOT / path, own) is left
    assert not order.is_left_to_others(order.ROOT / path, config())  # a run in one process
    assert not order.is_left_to_others(order.ROOT.parent / path, own)


def test_it_refuses_that_others_bring_the_libraries_of_models():
    model, other = SimpleNamespace(nodeid=MODELS[0]), SimpleNamespace(nodeid=OTHERS[0])
    order.look_for_models([model, other], {"torch"})
    order.look_for_models([other], {"django"})
    with pytest.raises(pytest.UsageError, match="A test file imports torch"):
        order.look_for_models([other], {"torch"})


def test_a_process_that_refuses_its_tests_ends_the_run(monkeypatch):
    """With ``shouldstop`` set, the process that hands out tests starts none in its place."""
    monkeypatch.setitem(sys.modules, "torch", object())
    item, session = SimpleNamespace(nodeid=OTHERS[0]), SimpleNamespace(shouldstop=False)
    own = config(workerinput={"workerid": "gw1", "workercount": 2})
    with pytest.raises(pytest.exit.Exception, match="A test file imports torch"):
        pytest_collection_modifyitems(session, own, [item])
    assert "MODELS" in session.shouldstop


def test_what_loads_models_is_there():
    named = [*order.MODELS, *order.TOGETHER, *order.LONGEST]
    assert [path for path in named if not (order.ROOT / path).exists()] == []
