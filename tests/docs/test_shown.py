"""What a page shows is looked for in what was printed, but for what differs in every run."""

from tests.docs.story import missing


def test_what_a_page_shows_is_compared_without_numbers_and_line_breaks() -> None:
    assert not missing("up after 12 s\n...\n2 of 2 links", "is up\nafter 9 s; 3 of 3 links\n")
    assert missing("2 of 2 links", "no link") == ["2 of 2 links"]
