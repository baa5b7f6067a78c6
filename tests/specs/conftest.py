"""Settings of the property tests: a busy machine is no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile("specs", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("specs")
