"""The log of a Linkis job, which Linkis gives by pages while it runs and whole when it has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from support.linkis_replies import PREFIX, refusal
from support.linkis_stub import LinkisStub, StubJob
from support.runs_of_plans import record
from support.scripted_server import Answer, Asked


class LinkisThatRemembers(LinkisStub):
    """A Linkis that still has the logs of ended jobs in memory, but refuses to open their files."""

    def _log(self, job: StubJob, asked: Asked) -> Answer:
        return super()._log(replace(job, status="Running"), asked)


@pytest.fixture(params=[LinkisStub, LinkisThatRemembers])
def linkis(request, monkeypatch) -> Iterator[LinkisStub]:
    with request.param() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", stub.connection())
        yield stub


def too_large(linkis: LinkisStub) -> None:
    linkis.always(f"GET {PREFIX}/filesystem/openLog", refusal(80033, "The file is larger than 30 MB"))


def test_the_log_of_a_linkis_job_goes_on_in_its_file_when_the_job_has_ended(page, linkis):
    job = linkis.add_job(log=[f"line {number}" for number in range(1, 2101)])
    record(page.context, "linkis", str(job.id), exec_id=job.exec_id)
    page.until(lambda data: data["total"] == 2100, "all lines")
    job.log += ["late", "last"]
    job.status = "Succeed"
    assert page.whole()[2098:] == ["line 2099", "line 2100", "late", "last"]


@pytest.mark.parametrize("linkis", [LinkisThatRemembers], indirect=True)
def test_a_log_that_is_too_large_for_linkis_to_open_is_read_page_by_page(page, linkis):
    too_large(linkis)
    job = linkis.add_job("Succeed", log=[f"line {number}" for number in range(1, 25_001)])
    record(page.context, "linkis", str(job.id), exec_id=job.exec_id)
    assert page.until(lambda data: data["total"] == 25_000, "all lines", from_line=-1)["lines"] == ["line 25000"]


@pytest.mark.parametrize("linkis", [LinkisStub], indirect=True)
def test_what_linkis_says_of_a_log_that_it_cannot_open_is_told_beside_the_lines_read_before(page, linkis):
    too_large(linkis)
    job = linkis.add_job(log=["line 1"])
    record(page.context, "linkis", str(job.id), exec_id=job.exec_id)
    page.until(lambda data: data["total"] == 1, "the line")
    job.status = "Succeed"
    data = page.until(lambda data: data["notice"], "the notice")
    assert (data["lines"], data["done"], "larger than 30 MB" in data["notice"]) == (["line 1"], False, True)
