"""Make commands that read notebooks start a second and a half sooner."""

from __future__ import annotations

import sys


def load_jsonschema() -> None:
    """Import jsonschema, which nbformat needs, without the parser of web addresses that it would build.

    It takes a missing `rfc3987_syntax` in its stride, and notebooks hold no addresses to be checked.

    >>> load_jsonschema()
    >>> "jsonschema" in sys.modules
    True
    """
    name = "rfc3987_syntax"
    if "jsonschema" in sys.modules or name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        import jsonschema  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        pass  # whoever needs it says so
    finally:
        del sys.modules[name]
