"""An SQL job as Flink's statements and options, and what it must have before it can start."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from taskcenter_sandbox.hlink import ddl
from taskcenter_sandbox.hlink.answers import Json, Refused
from taskcenter_sandbox.hlink.field_templates import SIDE, SINK, SOURCE
from taskcenter_sandbox.hlink.records import Records

_MODES = {0: "EXACTLY_ONCE", 1: "AT_LEAST_ONCE"}
_CLEANUPS = {0: "RETAIN_ON_CANCELLATION", 1: "DELETE_ON_CANCELLATION"}
_SHORTEST_PAUSE_MS = 1000
_FIXED_DELAY, _FAILURE_RATE = 1, 2


@dataclass(frozen=True)
class SqlJob:
    """What is handed to Flink.

    :param statements: make tables and functions.
    :param inserts: fill the sinks.
    :param options: Flink's options.
    """

    statements: Sequence[str]
    inserts: Sequence[str]
    options: dict[str, str]


def check(job: Json, data_sources: Records) -> list[tuple[Json, Json]]:
    """The parts of a job, each with its data source, once all is there.

    :raises Refused: something is missing; the server's words.
    """
    parts = job.get("jobDsVOS") or []
    inputs = [part for part in parts if part["dsType"] != SINK]
    if not any(part["dsType"] == SOURCE for part in inputs):
        raise Refused("缺少数据源-源表配置，请检查！")
    found = [(part, _source(part, data_sources)) for part in inputs]
    sinks = [part for part in parts if part["dsType"] == SINK]
    if not sinks:
        raise Refused("缺少数据源-目标表配置，请检查！")
    for part in sinks:
        if not part["runSql"]:
            raise Refused("缺少特征加工语句，请检查！")
        if part["runSql"].endswith(";"):
            raise Refused("特征加工语句不可以';'结尾")
        found.append((part, _source(part, data_sources)))
    return found


def _source(part: Json, data_sources: Records) -> Json:
    source = data_sources.get(part["dsId"] if isinstance(part["dsId"], int) else None)
    if source is None:
        raise Refused("数据源缺失，请检查！")
    if not source["dsDdl"] and source["dsType"] != SIDE:
        raise Refused(f"数据源[{source['dsName']}]配置不完整，请检查！")
    return source


def build(job: Json, parts: Sequence[tuple[Json, Json]], udfs: Sequence[Json], savepoint: str | None) -> SqlJob:
    """Make the statements of a job that :func:`check` has found whole.

    :param udfs: all functions that there are; those are made whose names stand in a statement.
    :param savepoint: where it goes on from.
    """
    tables = {source["tableName"]: source["dsDdl"] or ddl.create_table(source) for _, source in parts}
    said = "\n".join(part["runSql"] or "" for part, _ in parts)
    used = [each for each in udfs if re.search(rf"\b{re.escape(each['udfName'])}\b", said, re.IGNORECASE)]
    return SqlJob(
        statements=[*map(ddl.create_function, used), *tables.values()],
        inserts=[ddl.insert_into(source, part["runSql"]) for part, source in parts if part["dsType"] == SINK],
        options=_options(job, savepoint),
    )


def _options(job: Json, savepoint: str | None) -> dict[str, str]:
    options = {"pipeline.name": job["jobName"] or job["jobCode"], "parallelism.default": str(job["parallelism"] or 1)}
    if (job["checkpointInterval"] or 0) > 0:
        options |= {
            "execution.checkpointing.interval": f"{job['checkpointInterval']} ms",
            "execution.checkpointing.mode": _MODES.get(job["checkpointMode"], "EXACTLY_ONCE"),
            "execution.checkpointing.min-pause": f"{max(job['minPauseBetweenCheckpoints'] or 0, _SHORTEST_PAUSE_MS)} ms",
            "execution.checkpointing.max-concurrent-checkpoints": str(max(job["checkpointMaxCuncurrency"] or 0, 1)),
            "execution.checkpointing.externalized-checkpoint-retention": _CLEANUPS.get(
                job["checkpointCleanupMode"], "RETAIN_ON_CANCELLATION"
            ),
        }
        if job["checkpointTimeout"]:
            options["execution.checkpointing.timeout"] = f"{job['checkpointTimeout']} ms"
    if job["checkpointStatebackendPath"]:
        options["execution.checkpointing.dir"] = job["checkpointStatebackendPath"]
    if job["enableMinibatchOptimization"] == 1:
        options |= {
            "table.exec.mini-batch.enabled": "true",
            "table.exec.mini-batch.allow-latency": f"{max(job['tableExecMinibatchAllowlatency'] or 0, 1)} s",
            "table.exec.mini-batch.size": str(job["tableExecMinibatchSize"] or 1000),
        }
    if job["tableOptimizerAggPhaseStrategy"] == 1:
        options["table.optimizer.agg-phase-strategy"] = "TWO_PHASE"
    if job["tableOptimizerDistinctAggSplitEnabled"] == 1:
        options["table.optimizer.distinct-agg.split.enabled"] = "true"
    if savepoint:
        options["execution.state-recovery.path"] = savepoint
        options["execution.state-recovery.ignore-unclaimed-state"] = str(bool(job["allowNrs"])).lower()
    return options | _restarts(job)


def _restarts(job: Json) -> dict[str, str]:
    delay = f"{job['delayInterval'] or 0} s"
    if job["restartStrategy"] == _FIXED_DELAY:
        return {
            "restart-strategy.type": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": str(job["restartAttempts"] or 1),
            "restart-strategy.fixed-delay.delay": delay,
        }
    if job["restartStrategy"] == _FAILURE_RATE:
        return {
            "restart-strategy.type": "failure-rate",
            "restart-strategy.failure-rate.max-failures-per-interval": str(job["failureRate"] or 1),
            "restart-strategy.failure-rate.failure-rate-interval": f"{job['failureInterval'] or 1} min",
            "restart-strategy.failure-rate.delay": delay,
        }
    return {"restart-strategy.type": "disable"}
