"""Find the modules that a fork server should import ahead for a notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbformat import NotebookNode

# Modules that libraries import only when they are used; the first gradient waits half a second for torch's.
_ON_USE = {
    "torch": ("torch.fx.experimental.symbolic_shapes",),
    "numpy": ("numpy.random", "numpy.testing"),
    "matplotlib.pyplot": ("matplotlib.backends.backend_agg",),
}


def imported_modules(notebook: NotebookNode) -> list[str]:
    """List the modules that the notebook's cells import, anywhere in them, in order; some names may not be modules."""
    names = (name for cell in notebook.cells if cell.cell_type == "code" for name in _imports(cell.source))
    with_those_on_use = (module for name in names for module in (name, *_ON_USE.get(name, ())))
    return list(dict.fromkeys(with_those_on_use))


def _imports(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with magics
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)  # may be modules, too
