"""For all tests: a busy machine is no failure, so Hypothesis has no deadline; nor is luck, so it does not draw lots.

``pytest --hypothesis-profile=search`` tries something new.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("archlint", derandomize=True, **_CALM)
settings.register_profile("search", **_CALM)
settings.load_profile("archlint")
