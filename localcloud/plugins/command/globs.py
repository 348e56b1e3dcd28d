"""Path patterns of ``assetPaths`` and ``archivePaths``, as github.com/gobwas/glob reads them."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from localcloud.plugins import assets


def compile_glob(pattern: str) -> re.Pattern[str]:
    """Return the pattern as a regular expression over whole paths.

    ``*`` and ``?`` stop at ``/``, ``**`` does not; ``[abc]``, ``[!abc]`` and ``{a,b}`` work.
    """
    out, depth, i = "", 0, 0
    while i < len(pattern):
        char = pattern[i]
        if pattern.startswith("**", i):
            out, i = out + ".*", i + 1
        elif char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[" and "]" in pattern[i:]:
            end = pattern.index("]", i)
            inner = pattern[i + 1 : end].replace("\\", "\\\\")
            out, i = f"{out}[{'^' + inner[1:] if inner.startswith('!') else inner}]", end
        elif char == "{":
            out, depth = out + "(?:", depth + 1
        elif char == "}" and depth:
            out, depth = out + ")", depth - 1
        elif char == "," and depth:
            out += "|"
        elif char == "\\" and i + 1 < len(pattern):
            i += 1
            out += re.escape(pattern[i])
        else:
            out += re.escape(char)
        i += 1
    return re.compile(out, re.DOTALL)


def _files(directory: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted(names):
            yield (Path(folder) / name).relative_to(directory).as_posix()


def find(directory: str, patterns: Sequence[str]) -> dict[str, Any]:
    """Return the files that match as assets by relative path; ``!`` excludes, in order."""
    rules = [(p.startswith("!"), compile_glob(p.removeprefix("!"))) for p in patterns]
    found: dict[str, Any] = {}
    for path in _files(Path(directory)):
        for excludes, rule in rules:
            if not rule.fullmatch(path):
                continue
            if excludes:
                found.pop(path, None)
            else:
                found[path] = assets.from_path(str(Path(directory) / path))
    for asset in found.values():
        asset["hash"] = hashlib.sha256(assets.content(asset)).hexdigest()
    return found
