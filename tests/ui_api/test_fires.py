"""POST /plans/fires: whether trigger items would be taken, and when they would fire."""

from __future__ import annotations

import pytest

from support.plans_of_tests import DAILY, plan, waits_for

AFTER = "2026-03-05T00:00:00+00:00"


def fires(user, *items, **more):
    return user.ok("POST", "/plans/fires", {"planItems": list(items), "after": AFTER, **more})["data"]


def cron(expression: str, zone: str | None = "UTC") -> dict:
    return {"triggerType": "CRON_JOB", "cronDesc": expression, "timeZone": zone}


def test_the_next_fires_with_the_time_of_day_in_the_items_own_zone(ada):
    answer = fires(ada, DAILY, count=2)
    assert answer["items"] == [{"index": 0, "valid": True, "message": None}]
    assert answer["fires"] == [
        {"at": "2026-03-05T19:00:00Z", "index": 0, "zone": "Asia/Shanghai", "local": "2026-03-06T03:00:00+08:00"},
        {"at": "2026-03-06T19:00:00Z", "index": 0, "zone": "Asia/Shanghai", "local": "2026-03-07T03:00:00+08:00"},
    ]


def test_the_fires_of_several_items_are_one_list_and_what_fires_together_is_one_run(ada):
    found = fires(ada, cron("0 0 6 * * ?"), cron("0 0 */3 * * ?"), count=4)["fires"]
    assert [(fire["at"][11:16], fire["index"]) for fire in found] == [
        ("03:00", 1),
        ("06:00", 0),
        ("09:00", 1),
        ("12:00", 1),
    ]


def test_a_time_that_the_clock_repeats_or_leaves_out(ada):
    berlin = {**cron("0 30 2 * * ?", "Europe/Berlin")}
    spring = fires(ada, berlin, after="2026-03-28T12:00:00Z", count=1)["fires"]
    assert [fire["local"] for fire in spring] == ["2026-03-30T02:30:00+02:00"]
    autumn = fires(ada, berlin, after="2026-10-24T12:00:00Z", count=2)["fires"]
    assert [fire["local"] for fire in autumn] == ["2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"]


def test_items_that_no_clock_starts_have_no_fires(ada):
    answer = fires(ada, *waits_for("a"), {"triggerType": "ONCE"})
    assert [item["valid"] for item in answer["items"]] == [True, True]
    assert answer["fires"] == []


def test_what_never_fires_again_is_right_and_has_no_fires(ada):
    answer = fires(ada, cron("0 0 0 1 1 ? 2020"))
    assert answer["items"][0]["valid"]
    assert answer["fires"] == []


def test_without_a_moment_it_is_from_now_on(ada):
    found = ada.ok("POST", "/plans/fires", {"planItems": [cron("* * * * * ?")]})["data"]["fires"]
    assert len(found) == 10
    assert found[0]["at"] < found[-1]["at"]


@pytest.mark.parametrize("after", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1960-01-01T00:00:00Z"])
def test_moments_long_ago_or_far_ahead_do_no_harm(ada, after):
    assert len(fires(ada, DAILY, after=after)["fires"]) in (0, 10)


WRONG = [
    cron("0 0 25 * * ?"),
    cron("0 0 0 1 1 1"),
    cron("0 0 3 * * ?", "Mars/Olympus"),
    {"triggerType": "CRON_JOB"},
    {"triggerType": "CRON_JOB", "cronDesc": "0 0 3 * * ?", "cronType": "SOMETIMES"},
    {"triggerType": "CRON_JOB", "cronDesc": "x" * 251},
    {"triggerType": "DEPENDENCY", "triggerByJobs": []},
    {"triggerType": "DEPENDENCY", "triggerByJobs": [{"entityGroup": "LINKIS"}]},
    {"triggerType": "SOMETIMES"},
    "not an object",
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_item_is_told_in_the_words_of_a_refused_post_and_the_others_still_fire(ada, wrong):
    status, refused = ada("POST", "/api/schedules", plan("1", [DAILY, wrong]))
    assert status == 400
    answer = fires(ada, DAILY, wrong, count=1)
    assert answer["items"][0] == {"index": 0, "valid": True, "message": None}
    assert answer["items"][1] == {"index": 1, "valid": False, "message": refused["msg"]}
    assert [fire["index"] for fire in answer["fires"]] == [0]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"planItems": None},
        {"planItems": [], "count": 51},
        {"planItems": [], "count": 0},
        {"planItems": [], "after": "yesterday"},
        {"planItems": [], "after": "2026-03-05T00:00:00"},
        {"planItems": [{}] * 101},
    ],
    ids=str,
)
def test_a_request_that_makes_no_sense_is_refused(ada, body):
    status, answer = ada("POST", "/plans/fires", body)
    assert (status, answer["code"]) == (400, 40001)


def test_who_may_only_look_may_ask(vera, ada):
    assert len(fires(vera, DAILY, count=1)["fires"]) == 1
