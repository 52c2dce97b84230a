"""Adapters between plain dataclasses and models. Importing this imports no model library."""

import os

# OpenMP reads this once, when torch is first imported. By default its threads spin while they wait for each other: with
# another busy process on the same cores that made a picture 10 to 30 times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # noqa: TID251 - set for a library, not read
