"""The gradebooks that these tests make are as quick as those of the pipeline's."""

from tests.pipeline.conftest import quick_gradebooks
from tests.postgresql import server

__all__ = ["quick_gradebooks", "server"]
