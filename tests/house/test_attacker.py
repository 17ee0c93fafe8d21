"""The attacker and the protector share no code: not one module that both can reach, but the tree of errors."""

from __future__ import annotations

import grimp

SHARED_BY_RIGHT = {"minhbach", "minhbach.core", "minhbach.core.errors", "minhbach.disclosure"}


def reach(graph: grimp.ImportGraph, package: str) -> set[str]:
    upstream = graph.find_upstream_modules(package, as_package=True)
    own = {package} | graph.find_descendants(package)
    assert len(own) > 1
    return own | upstream


def test_no_module_serves_both_attacker_and_protector() -> None:
    graph = grimp.build_graph("minhbach", cache_dir=None)
    attacker = reach(graph, "minhbach.disclosure.attack")
    protector = reach(graph, "minhbach.disclosure.protect")
    assert attacker & protector <= SHARED_BY_RIGHT
