"""For all tests: a busy machine is no failure, so Hypothesis has no deadline."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("archlint", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("archlint")
