"""Numbers for what earlier tables hide, such that everything published and the marts of this period fit together.

They are not the truth, which is not needed: a proof starts from any tables that agree with all that readers have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minhbach.core.errors import Unprotectable

from .region import TOLERANCE, Programs, Region

if TYPE_CHECKING:
    from .system import System


def complete(system: System) -> None:
    """Put fitting numbers into the holes of the earlier tables.

    Raises:
        Unprotectable: no numbers fit; the marts contradict an earlier release.

    """
    if not system.is_old.any():
        return
    truth = system.truth.astype(float)
    unknown = system.was_hidden | (system.is_old & system.is_virtual)
    cells = np.flatnonzero(unknown)
    truth[cells] = 0.0
    equal, below = system.equal[:, cells], system.below[:, cells]
    sums, most = -(system.equal @ truth), -(system.below @ truth)
    at, under = np.diff(equal.indptr) > 0, np.diff(below.indptr) > 0
    if np.abs(sums[~at]).max(initial=0) > TOLERANCE or most[~under].min(initial=0) < -TOLERANCE:
        raise Unprotectable(
            "disclosure: found counts that contradict an earlier release, expected the books of the periods to join;"
            " correct the mart before it is protected."
        )
    low = system.is_base[cells].astype(float)
    where = Region(
        cells,
        equal[np.flatnonzero(at)],
        sums[at],
        below[np.flatnonzero(under)],
        most[under],
        low,
        np.full(len(cells), np.inf),
    )
    for part in where.components():
        found = Programs(part).push(np.zeros(len(part.cells)))
        truth[part.cells] = 0.0 if found is None else found
    system.truth = truth
