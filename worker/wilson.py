"""How sure a share of a count is (Wilson, J. Am. Stat. Assoc. 22, 1927).

It needs no numpy, so that a page can draw it.
"""

from __future__ import annotations

import math
from typing import Final

Z: Final = 1.959964  # leaves 2.5 % of a normal distribution on either side


def wilson(share: float, count: float) -> tuple[float, float]:
    """Return the 95 % interval of a share that was found among ``count``, which is never a point.

    >>> low, high = wilson(1.0, 20)
    >>> round(low, 6), round(high, 6)
    (0.838875, 1.0)
    >>> wilson(0.0, 0)
    (0.0, 1.0)
    """
    if count <= 0:
        return 0.0, 1.0
    middle = share + Z * Z / (2 * count)
    half = Z * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    whole = 1 + Z * Z / count
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)
