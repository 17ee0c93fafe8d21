"""PROTECT: make marts fit to tell, and attack what was written; the attacker shares no code with the protector."""
