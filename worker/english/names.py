"""Words that a name has or has not without being another name."""

from __future__ import annotations

# Of firms: "Northwind Freight Ltd" is Northwind Freight.
LEGAL_FORMS = frozenset(
    """inc incorporated ltd limited llc llp plc corp corporation ag gmbh kg sa sas se srl
    spa bv nv ab as asa oy oyj aps pty""".split()  # noqa: SIM905
)
# They stand beside a firm's name too, and are words of the language besides.
FIRM_WORDS = frozenset("co company group holdings".split())  # noqa: SIM905
