"""Do the files for other programs hold what was found?"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from autograder.__main__ import HELP
from autograder.reports import Case, write_reports
from docs.generate import help_text


def test_junit_has_a_test_for_each_case_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    cases = [Case("a1_toy", "one"), Case("a1_toy", "two <&>", ("It is \x00 wrong.", "And late."))]
    write_reports({"ä": [1]}, cases, tmp_path / "found.json", tmp_path / "found.xml", "check")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8")) == {"ä": [1]}
    (suite,) = ElementTree.parse(tmp_path / "found.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    one, two = suite
    assert (one.get("classname"), one.get("name"), len(one)) == ("a1_toy", "one", 0)
    assert two.get("name") == "two <&>" and two[0].text == "It is ? wrong.\nAnd late."


def test_nothing_is_written_that_is_not_asked_for(tmp_path: Path) -> None:
    write_reports({}, [Case("a", "b")], None, None, "check")
    assert not list(tmp_path.iterdir())


def test_the_list_of_commands_is_up_to_date() -> None:
    assert HELP.read_text(encoding="utf-8") == help_text()
