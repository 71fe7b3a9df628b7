"""The time of day, which may be set under a running memweb by hours, back and forth.

What is compared within a process goes by ``time.monotonic``; what rows and marks hold is of the
time of day. Dates that lie further ahead than they can were written before the clock was set back,
and count as over: else a lease or a hold would last until the old time comes again.
"""

from __future__ import annotations

from datetime import timedelta

# How far the clocks of two machines that serve one memweb may be apart.
CLOCKS_APART = timedelta(minutes=1)
