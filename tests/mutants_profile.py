"""How Hypothesis explores while `make mutants` changes the rules: the same examples each time, none made smaller.

A plugin for pytest (`-p tests.mutants_profile`), instead of the suite's conftest.
"""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutants")
