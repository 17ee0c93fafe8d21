"""The benchmark of loading runs at its smallest size, and what each loader left is proven equal by itself."""

import subprocess
import sys


def test_the_benchmark_runs_at_the_smallest_size(root, portal):
    options = ["--rows", "500", "--times", "1", "--file", "1000000", "--no-record"]
    command = [sys.executable, str(root / "bench" / "publish.py"), str(portal.home.path), *options]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=500)
    assert ran.returncode == 0, ran.stderr
    head, *lines = ran.stdout.splitlines()
    assert {"seconds", "ratio", "limit_ratio", "peak_mib"} <= set(head.split())
    assert [line.split()[0] for line in lines] == ["copy", "xloader", "api", "ckanapi", "upload"]
