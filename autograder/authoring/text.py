"""Take definitions out of a Python file as text, with their comments, to put them into another file."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property

import libcst as cst

from autograder.source import Source


class SourceText(Source):
    """A Python file whose definitions can be taken out."""

    def texts(self, names: Iterable[str]) -> list[str]:
        """The text of the names' definitions with comments, but without imports, annotations and the decorators of
        questions, which would need other names."""
        statements = dict.fromkeys(self.named[name] for name in names)
        return [self._text(one) for one in statements if not isinstance(one, (ast.Import, ast.ImportFrom))]

    def _text(self, statement: ast.stmt) -> str:
        if statement not in self._texts:  # the hidden tests of an assignment have most of them in common
            node = self._nodes[statement].visit(_BareText())
            self._texts[statement] = self._module.code_for_node(node).strip("\n") + "\n"  # type: ignore[arg-type]
        return self._texts[statement]

    @cached_property
    def _texts(self) -> dict[ast.stmt, str]:
        return {}

    @cached_property
    def _module(self) -> cst.Module:
        return cst.parse_module(self.text)

    @cached_property
    def _nodes(self) -> dict[ast.stmt, cst.CSTNode]:
        return dict(zip(self.body, self._module.body, strict=True))


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


class _BareText(cst.CSTTransformer):
    """Removes annotations, decorators of questions, and comments for linters."""

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        is_question = updated_node.name.value.startswith("question_")
        return updated_node.with_changes(returns=None, decorators=() if is_question else updated_node.decorators)

    def leave_Param(self, original_node: cst.Param, updated_node: cst.Param) -> cst.Param:
        if updated_node.annotation is None or updated_node.default is None:
            return updated_node.with_changes(annotation=None)
        return updated_node.with_changes(annotation=None, equal=_TIGHT)

    def leave_TrailingWhitespace(
        self, original_node: cst.TrailingWhitespace, updated_node: cst.TrailingWhitespace
    ) -> cst.TrailingWhitespace:
        comment = updated_node.comment
        if comment is None or not comment.value.startswith(("# noqa", "# type:")):
            return updated_node
        return updated_node.with_changes(comment=None, whitespace=cst.SimpleWhitespace(""))

    def leave_AnnAssign(self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign) -> cst.BaseSmallStatement:
        if updated_node.value is None:
            return cst.Pass()
        return cst.Assign([cst.AssignTarget(updated_node.target)], updated_node.value)
