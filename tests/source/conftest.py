"""Properties are about what is read; the machine's load is none of their business."""

from hypothesis import settings

settings.register_profile("source", deadline=None)
settings.load_profile("source")
