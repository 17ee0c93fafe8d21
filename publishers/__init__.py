"""Kinds of portals, one package each. They receive sealed releases only, never open the warehouse."""
