"""Write what a command found for other programs: as JSON, and as JUnit's XML, which CI systems show as tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from autograder.console import plain
from autograder.files import write_bytes, write_text


@dataclass(frozen=True)
class Case:
    """One thing that was looked at, and what is wrong with it (nothing: it is well)."""

    group: str  # the assignment, say
    name: str
    faults: tuple[str, ...] = ()


def write_reports(data: Any, cases: Iterable[Case], json_to: Path | None, junit_to: Path | None, command: str) -> None:
    """Write `data` as JSON and `cases` as JUnit's XML, each where it is asked for. Raises OSError."""
    if json_to is not None:
        write_text(json_to, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    if junit_to is not None:
        cases = list(cases)
        counts = {"tests": str(len(cases)), "failures": str(sum(bool(case.faults) for case in cases))}
        suite = ElementTree.Element("testsuite", {"name": f"autograder {command}"} | counts)
        for case in cases:
            element = ElementTree.SubElement(suite, "testcase", classname=case.group, name=plain(case.name))
            if case.faults:
                said = [plain(fault) for fault in case.faults]
                ElementTree.SubElement(element, "failure", message=said[0]).text = "\n".join(said)
        suites = ElementTree.Element("testsuites")
        suites.append(suite)
        ElementTree.indent(suites)
        write_bytes(junit_to, ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n")
