"""The results for people, for programs (JSON) and for CI systems (JUnit)."""

import json
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from verify.checks import Result


def text(results: Sequence[Result]) -> str:
    """Return a line a link and a line a problem, and the count."""
    lines = []
    for result in results:
        mark = "wait" if result.note else "ok  " if result.green else "FAIL"
        lines.append(f"{mark} {result.name}{f': {result.note}' if result.note else ''}")
        lines += [f"     {problem}" for problem in result.problems]
    alone = [result for result in results if result.link.source == result.link.target]
    links = [result for result in results if result not in alone and not result.note]
    counts = [(links, "links are connected"), (alone, "clusters without links are ready")]
    lines += [
        f"{sum(r.green for r in some)} of {len(some)} {what}" for some, what in counts if some
    ]
    return "\n".join(lines)


def as_json(results: Sequence[Result]) -> str:
    """Return ``{"green": bool, "links": [{source, target, green, problems, note}]}``."""
    links = [
        {
            "source": result.link.source,
            "target": result.link.target,
            "green": result.green,
            "problems": list(result.problems),
            "note": result.note,
        }
        for result in results
    ]
    return json.dumps({"green": all(r.green for r in results), "links": links}, indent=2)


def junit(results: Sequence[Result]) -> str:
    """Return one test case a link, as CI systems read it."""
    failures = sum(not result.green for result in results)
    suite = ET.Element("testsuite", name="links", tests=str(len(results)), failures=str(failures))
    for result in results:
        case = ET.SubElement(suite, "testcase", classname="ambientmesh.links", name=result.name)
        if not result.green:
            failure = ET.SubElement(case, "failure", message=result.problems[0])
            failure.text = "\n".join(result.problems)
    return ET.tostring(suite, encoding="unicode")
