"""The attacker: what can a reader of our releases work out? Reads written files, shares no code with the protector."""

from __future__ import annotations

from .attacker import Truth, attack, attack_csv
from .declare import public_model
from .verdict import AttackVerdict, Offence

__all__ = ["AttackVerdict", "Offence", "Truth", "attack", "attack_csv", "public_model"]
