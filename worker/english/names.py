"""Words that a name has or has not without being another name."""

from __future__ import annotations

# Of firms: "Northwind Freight Ltd" is Northwind Freight.
LEGAL_FORMS = frozenset(
    """inc incorporated ltd limited llc llp plc corp corporation ag gmbh kg sa sas srl
    spa bv nv ab oy aps pty""".split()  # noqa: SIM905
)
