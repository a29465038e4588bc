"""Is what a docstring promises listed beside the questions that ask it?"""

from __future__ import annotations

import pytest

from autograder.course import Course, CourseError
from autograder.proving.promises import BY_ASK, promises, unasked
from tests.proving.test_strength import QUESTIONS, replace

NOTEBOOK = "solutions/a1_toy/notebook.py"
PROMISES = '"""Twice `x`. Returns an int. Raises ValueError for text. `x` does not change. Asked in eval mode."""'
QUESTION = '"text": ask(or_value_error(answer), "two"), "the type": ask(lambda x: type_name(answer(x)), 1), '


@pytest.fixture
def promising(toy: Course) -> Course:
    replace(toy, NOTEBOOK, '"""Twice `x`."""', PROMISES)
    replace(toy, NOTEBOOK, "doubled_value = np.asarray(x) * 2", "doubled_value = np.asarray(x, dtype=float) * 2")
    replace(toy, QUESTIONS, "import ask", "import ask, or_value_error, type_name")
    return toy


def test_questions_are_found_by_their_names_and_by_what_the_reference_gives(promising: Course) -> None:
    replace(promising, QUESTIONS, '"one number"', f'{QUESTION}"one number"')
    found = {one.text: (one.kind, one.asked_by) for one in promises(promising, "a1_toy")}
    assert found == {
        "Returns an int.": ("type", ("the type",)),
        "Raises ValueError for text.": ("error", ("text",)),
        "`x` does not change.": ("unchanged", (BY_ASK,)),
        "Asked in eval mode.": ("mode", ()),
    }
    (fault,) = unasked(promising, "a1_toy")
    assert fault.startswith("double: no question asks what its docstring promises (mode): “Asked in eval mode.”")


def test_an_author_marks_what_is_not_found_and_is_told_of_marks_that_fit_nothing(promising: Course) -> None:
    path = promising.questions("a1_toy")
    before = path.read_text(encoding="utf-8")
    marks = (
        'PROMISED = {"double": {"in eval mode": ["one number"], "Returns": ["one number"], "Raises": ["one number"], '
        '"Twice": ["an array"]}}'
    )
    path.write_text(f"{before}\n\n{marks}\n", encoding="utf-8")
    assert unasked(promising, "a1_toy") == []
    assert ("marked", ("an array",)) in [(one.kind, one.asked_by) for one in promises(promising, "a1_toy")]
    for old, new, words in (
        ("Twice", "Thrice", "'Thrice' of double, which its docstring does not have"),
        ('["an array"]', '["a list"]', r"for which \['a list'\] is asked"),
        ('"double"', '"triple"', "triple, which is no exercise with a question"),
        ("{", "dict(", "PROMISED out"),
    ):
        path.write_text(f"{before}\n\n{marks.replace(old, new, 1)}\n".replace("dict(", "dict() or {"), encoding="utf-8")
        with pytest.raises(CourseError, match=words):
            promises(promising, "a1_toy")
