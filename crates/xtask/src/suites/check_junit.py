"""Reads a JUnit report with junitparser; its counts must be those of its elements."""

import sys

from junitparser import JUnitXml

report = JUnitXml.fromfile(sys.argv[1])
suites = list(report)
cases = sum(suite.tests for suite in suites)
bad = sum(suite.failures + suite.errors for suite in suites)
counted = sum(1 for suite in suites for case in suite if not case.is_passed and not case.is_skipped)
assert suites and cases > 0, "no test case"
assert bad > 0, "a corpus with bad settings has no failure"
assert bad == counted, f"attributes say {bad} failures, elements {counted}"
print(f"junit: {len(suites)} suites, {cases} cases, {bad} failures")
