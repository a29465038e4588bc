"""Is a mistake that is written as an edit read as the whole function, and refused where it no longer applies?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.edits import EditedAnswer, combined, read_edits

NOTEBOOK = '''\
def scale(x, factor=2):
    """Multiply."""
    ### BEGIN SOLUTION
    if factor == 0:
        return 0 * x
    result = x * factor
    return result
    ### END SOLUTION
'''
OTHERS = '''\
def scale__by_loop(x, factor=2):
    """Adds."""
    return sum(x for _ in range(factor))
'''
BARE = """\
def scale(x, factor=2):
    if factor == 0:
        return 0 * x
    result = x * factor
    return result"""


def edits(folder: Path, *written: str) -> dict[str, EditedAnswer]:
    """What is read of mistakes that are edits; of each the decorator's arguments are given, named a, b, …"""
    texts = [
        f'@edit({arguments})\ndef scale__{name}():\n    """Why {name} is wrong."""\n'
        for name, arguments in zip("abcdef", written, strict=False)
    ]
    for name, text in (("notebook", NOTEBOOK), ("others", OTHERS), ("mistakes", "\n\n".join(texts))):
        (folder / f"{name}.py").write_text(text)
    found = read_edits(folder / "notebook.py", folder / "others.py", folder / "mistakes.py")
    return {edit.name.removeprefix("scale__"): edit for edit in found}


def test_an_edit_is_of_the_reference_without_docstring_and_marks(tmp_path: Path) -> None:
    (edit,) = edits(tmp_path, '{"* factor": "+ factor"}').values()
    assert edit == EditedAnswer("scale__a", "Why a is wrong.", "notebook", BARE.replace("* factor", "+ factor"), BARE)


def test_an_edit_may_be_of_another_right_answer_or_of_an_earlier_edit(tmp_path: Path) -> None:
    found = edits(tmp_path, '{"range(factor)": "range(1, factor)"}, of="by_loop"', '{"(1, ": "(2, "}, of="a"')
    assert found["b"].home == "others"
    assert found["b"].text == "def scale(x, factor=2):\n    return sum(x for _ in range(2, factor))"
    assert found["b"].root == found["a"].root


def test_lines_behind_the_first_are_indented_as_it_is(tmp_path: Path) -> None:
    (edit,) = edits(tmp_path, r'{"if factor == 0:\n    return 0 * x\n": "x = -x\nx = -x\n"}').values()
    assert edit.text == BARE.replace(
        "    if factor == 0:\n        return 0 * x\n", "    x = -x\n    x = -x\n    "
    ).replace("        result", "    result")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ('{"* factors": ""}', "no longer applies: '* factors' does not occur"),
        ('{"factor": "f"}', "no longer applies: 'factor' occurs 3 times"),
        ('{"* factor": "* factor"}', "changes nothing"),
        ('{"* factor": "* ("}', "makes no Python"),
        ('{"a": "b"}, of="nobody"', "is of scale__nobody, which is no function"),
        ('{"a": "b"}, of="a"', "is of scale__a, which is no function"),
        ("CHANGES", "is to be written out"),
        ('{"a": 5}', "is to be written out"),
        ("{}", "is to be written out"),
        ('{"a": "b"}, off="x"', "is to be written out"),
        ("", "is to be written out"),
    ],
)
def test_an_edit_that_does_not_apply_is_refused_with_file_and_line(tmp_path: Path, arguments: str, why: str) -> None:
    with pytest.raises(CourseError) as error:
        edits(tmp_path, arguments)
    assert f"{tmp_path / 'mistakes.py'}:2: the edit scale__a {why}" in str(error.value)


def test_edits_of_different_lines_go_together_and_of_the_same_do_not(tmp_path: Path) -> None:
    found = edits(
        tmp_path,
        '{"* factor": "+ factor"}',
        '{"0 * x": "x"}',
        '{"x * factor": "x / factor"}',
        '{"range(factor)": "range(1, factor)"}, of="by_loop"',
    )
    both = BARE.replace("* factor", "+ factor").replace("0 * x", "x")
    together = [combined(found["a"], found["b"]), combined(found["b"], found["a"])]
    assert [one and (one.name, one.text) for one in together] == [
        ("scale__a__and__b", both),
        ("scale__b__and__a", both),
    ]
    assert combined(found["a"], found["c"]) is None
    assert combined(found["a"], found["d"]) is None
