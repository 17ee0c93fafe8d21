"""TAKE: fetch, check against the contract, derive, keep what arrived, divert what breaks it. No joining.

run.py          one table of one agency, from question to manifest
rest_paged.py, delimited.py   access methods: know transport, not contracts
contract.py     judges pages; values.py, derive.py, rules.py are its tools
landing.py      writes what was kept, atomically; quarantine.py, replay.py what was not
"""
