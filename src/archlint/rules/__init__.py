"""The rule engine: load, type-check, evaluate, suppress."""
