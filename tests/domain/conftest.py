"""Properties are judged by what they say, not by how long a busy machine takes over an example."""

from hypothesis import settings

settings.register_profile("domain", deadline=None)
settings.load_profile("domain")
