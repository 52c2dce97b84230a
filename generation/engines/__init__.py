"""Adapters between plain dataclasses and models. Importing this imports no model library."""

import os

# GNU OpenMP reads this once, when torch is first imported: how long its threads spin while they wait for each other.
# The default spins for milliseconds, which made a picture more than 10 times slower where another process kept the same
# cores busy; never spinning (OMP_WAIT_POLICY=PASSIVE) took 2.5 times as long on idle ones. This costs 10 % there.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")  # noqa: TID251 - set for a library, not read
