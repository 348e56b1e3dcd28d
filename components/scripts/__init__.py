"""Scripts that run on machines: plain text, into which no value is ever written."""

from pathlib import Path


def text(name: str) -> str:
    """Return a script."""
    return (Path(__file__).parent / f"{name}.sh").read_text(encoding="utf-8")
