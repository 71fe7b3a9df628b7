"""Handing out tests to the processes of a run: whole files, each to a process that has read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from memweb.testing import order


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """What a file sets up is set up once, and the queue is worked off from both ends.

    Processes may have read different tests (``order.is_left_to_others``); the first has read all.
    """

    registered_collections: dict[WorkerController, list[str]]
    assigned_work: dict[WorkerController, dict[str, dict[str, bool]]]

    def _split_scope(self, nodeid: str) -> str:
        return order.unit_of(nodeid)

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """Keep the processes in the order of how much they have read: the queue is made of what
        the first has, and where there are more processes than files, the last are sent home."""
        super().add_node_collection(node, collection)
        read = self.registered_collections
        nodes = sorted(self.assigned_work, key=lambda node: -len(read.get(node, ())))
        self.registered_collections = {node: read[node] for node in nodes if node in read}
        self.assigned_work = {node: self.assigned_work[node] for node in nodes}

    def _check_nodes_have_same_collection(self) -> bool:
        """A process may have read less than the first, though nothing else and in no other order;
        where one did, say what differs as the base class does."""
        everything, *others = self.registered_collections.values()
        if all(_is_part(one, everything) for one in others):
            return True
        return bool(super()._check_nodes_have_same_collection())

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give a process the next file that it has read, or let it end where none is left."""
        from_the_end = order.number(node.gateway.id) % 2
        read = {order.unit_of(nodeid) for nodeid in self.registered_collections[node]}
        units: Iterable[str] = reversed(self.workqueue) if from_the_end else self.workqueue
        unit = next((unit for unit in units if unit in read), None)
        if unit is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(unit, last=False)
        super()._assign_work_unit(node)


def _is_part(some: Iterable[str], everything: Iterable[str]) -> bool:
    rest = iter(everything)
    return all(one in rest for one in some)
