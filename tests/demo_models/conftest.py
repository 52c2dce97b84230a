"""What tests of the models that this repository trains share."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tests run side by side; and a run that is resumed adds up in the same order only with the same threads."""
    torch.set_num_threads(1)
