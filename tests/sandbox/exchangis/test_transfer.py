"""A job really moves rows, and says how many."""

from __future__ import annotations


def test_a_job_moves_all_rows_of_a_table(api, shop):
    execution = api.run(shop.job())
    everything = "select * from orders order by id"
    assert shop.sql(shop.right, everything) == shop.sql(shop.left, everything)
    indicator = api.metrics(execution)["indicator"]
    assert indicator == {"exchangedRecords": 1000, "errorRecords": 0, "ignoredRecords": 0}


def test_its_status_ends_with_success_and_all_of_the_progress(api, shop):
    execution = api.run(shop.job())
    assert api.status(execution) == {"status": "Success", "progress": 1.0, "allTaskStatus": True}
    assert [task["status"] for task in api.tasks(execution)] == ["Success"]
