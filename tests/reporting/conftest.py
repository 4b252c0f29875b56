"""The process in which W&B works, ended with the tests that needed it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def wandb_service() -> Iterator[None]:
    yield
    import wandb

    wandb.teardown()
