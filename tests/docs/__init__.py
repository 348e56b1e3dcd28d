"""The pages hold: their commands run, their stack files parse, their links lead somewhere."""
