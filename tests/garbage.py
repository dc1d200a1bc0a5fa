"""Python's garbage collector leaves alone what lives as long as the tests.

Five thousand tests and the modules that they import are millions of objects, which each full collection would look at.
While they are collected nothing is garbage; afterwards they are put aside, and only what the tests make is looked at.
"""

import gc

import pytest

ALLOCATIONS = 10_000  # between two collections of the youngest objects: a page of the product makes thousands

gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 10, 10)
    gc.enable()
