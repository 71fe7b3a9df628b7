"""Parts that other processes make, and tensors that are carried in small files."""

import itertools
import random

import pytest
import torch

from worker.training import exported as exporting
from worker.training.ahead import PARTS, Ahead, MakingFailed, seeded, share_of
from worker.training.exported import NothingExported, export, exported


def _drawn(number):
    rng = seeded(7, number)
    return (number, rng.random(), random.random(), float(torch.rand(())))


def test_parts_are_the_same_in_every_run():
    ahead = Ahead(_drawn, 2)
    try:
        made = [ahead.next(again=False) for _ in range(6)]
    finally:
        ahead.close()
    for number, *drawn in made:
        assert _drawn(number) == (number, *drawn)
    assert len({row[0] for row in made}) == 6
    assert all(len({row[i] for row in made}) == 6 for i in (1, 2, 3))


def test_where_no_new_part_is_ready_an_earlier_one_comes_again():
    ahead = Ahead(lambda number: number if number < 4 else _sleep(), 1)
    try:
        found = {ahead.next() for _ in range(40)}
    finally:
        ahead.close()
    assert found == {0, 1, 2, 3}
    assert ahead.made == 4


def _sleep():
    while True:
        torch.zeros(1)


def _broken(number):
    raise ValueError("no such text")


def test_an_error_of_a_process_ends_the_run():
    ahead = Ahead(_broken, 1)
    try:
        with pytest.raises(MakingFailed, match="ValueError: no such text"):
            ahead.next()
    finally:
        ahead.close()


def test_a_process_that_was_killed_ends_the_run_too():
    ahead = Ahead(lambda number: number if number < 4 else _sleep(), 1)
    try:
        assert [ahead.next(again=False) for _ in range(4)] == [0, 1, 2, 3]
        ahead.processes[0].kill()
        ahead.processes[0].join()
        with pytest.raises(MakingFailed, match="was ended"):
            ahead.next()
    finally:
        ahead.close()


def test_the_parts_of_an_epoch_have_all_of_its_batches():
    for count in (0, 1, 5, 30):
        assert sum(share_of(count, number) for number in range(PARTS)) == count


def test_exported_tensors_come_back_from_small_files(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "MOST", 100)
    given = {f"t{n}": torch.full((20,), float(n)) for n in range(5)} | {"whole": torch.arange(3)}
    paths = export(given, tmp_path, {"steps": 3})
    assert len(paths) == 3
    found, facts = exported(tmp_path)
    assert facts == {"steps": 3}
    assert found.keys() == given.keys()
    assert all(torch.equal(found[name], given[name]) for name in given)
    paths[1].unlink()
    with pytest.raises(NothingExported, match="2 of 3"):
        exported(tmp_path)
    with pytest.raises(NothingExported, match="holds no exported"):
        exported(tmp_path / "none")


def test_what_is_exported_again_leaves_no_older_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "MOST", 100)
    for count in itertools.chain((5,), (1,)):
        export({f"t{n}": torch.zeros(20) for n in range(count)}, tmp_path, {})
    assert len(exported(tmp_path)[0]) == 1
