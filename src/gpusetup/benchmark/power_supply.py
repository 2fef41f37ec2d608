"""How large a power supply a card asks for.

The rule: what the card draws, plus 400 W for the rest of the computer, up to the next size that
is sold. It is a rule of thumb of ours, set so that it gives what those who teach it say (a card
of 150 W: about 600 W in all). It was not compared with what the makers of cards ask for.
"""

from __future__ import annotations

import re

from gpusetup.basics.patterns import pattern

REST_OF_THE_COMPUTER_W = 400
SIZES_W = (600, 650, 750, 850, 1000, 1200, 1300, 1600)
SLOT_W = 75  # what the slot itself gives: such a card has no power connector
SMALLEST_W = 300  # likewise a rule of thumb

# These come soldered into a machine whose maker has seen to the power.
_BUILT_IN = pattern(
    r"laptop|max-q|mobile|embedded|\bmx\d|\b\d{3}mx?\b|sxm|nvl|\bg[bh]\d+|hbm3|orin|xavier|tegra"
    r"|thor|drive|\bb[23]00\b|\bh20\b|\bh[128]00$",
    re.IGNORECASE,
)


def recommended_supply_w(name: str, power_w: int | None) -> int | None:
    """The size of the power supply for a computer with one such card.

    None: its power is not known, it comes built in, or it asks for more than is sold.
    """
    if power_w is None or _BUILT_IN.search(name):
        return None
    if power_w <= SLOT_W:
        return SMALLEST_W
    wanted = power_w + REST_OF_THE_COMPUTER_W
    return next((size for size in SIZES_W if size >= wanted), None)
