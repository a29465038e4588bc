"""Make pages from templates; everything in them is escaped."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from autograder.gradebook.spreadsheet import points

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **context: Any) -> str:
    """The page that a template makes from `context`, with everything escaped."""
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
    # A browser runs only the script with this hash, even if a page contained another one.
    environment.globals["sort_sum"] = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment
