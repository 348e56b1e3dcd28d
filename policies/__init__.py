"""The policy pack: what every plan of a stack is held to, on any backend (docs/policies.md)."""
