"""The examples of docs/library.md run, the long one with fewer epochs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "library.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.M | re.S)


@pytest.mark.parametrize("code", BLOCKS, ids=["train", "audit", "gradcheck"])
def test_an_example_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(code.replace("epochs=10", "epochs=1"), names)
    if "history" in names:
        assert names["history"].validation_accuracy[-1] > 0.8
    if "audit" in names:
        assert "138,357,544" in capsys.readouterr().out


def test_every_file_it_names_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", PAGE)
    assert len(links) > 8
    assert [link for link in links if not (Path(__file__).parents[1] / "docs" / link).exists()] == []
