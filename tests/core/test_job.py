from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskcenter.core.job import JobRef

TEXTS = st.text(max_size=20)


@given(job_id=st.text(min_size=1, max_size=20), handle=st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_a_reference_survives_the_way_through_json(job_id, handle):
    ref = JobRef(job_id, handle)
    assert JobRef.from_json(json.loads(json.dumps(ref.to_json()))) == ref


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"id": ""},
        {"id": 7},
        {"id": None},
        {"id": "7", "handle": None},
        {"id": "7", "handle": "x"},
        None,
        "7",
        ["7"],
    ],
)
def test_what_names_no_job_is_no_reference(value):
    with pytest.raises(ValueError, match="not a reference"):
        JobRef.from_json(value)


def test_a_reference_without_further_names_is_enough():
    assert JobRef.from_json({"id": "7"}) == JobRef("7")
