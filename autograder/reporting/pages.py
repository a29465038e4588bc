"""How pages are made: templates in which everything is escaped, and files that are never half written."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import uuid
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **context: Any) -> str:
    """The page that a template makes of `context`; whatever is in it is escaped."""
    return _environment().get_template(template).render(**context)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (TEMPLATES / "sort.js").read_text(encoding="utf-8")
    environment.filters["points"] = points
    environment.globals["style"] = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))
    environment.globals["sort_script"] = Markup(script)
    # A browser runs the script with this sum and no other, whatever a page may have caught.
    environment.globals["sort_sum"] = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment


def points(number: float) -> str:
    """A number of points as people write it: 3, 2.5, 0.33."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def write_text(path: Path, text: str) -> None:
    """Write a file; an interruption leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
