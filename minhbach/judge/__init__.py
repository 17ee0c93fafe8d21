"""The one door to Great Expectations: suites from catalog and `expectations/`, verdicts. Never mends."""
