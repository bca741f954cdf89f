import { Field, NativeSelect } from "@chakra-ui/react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { RunTaskOut } from "src/api/schema";

import { isActive } from "../states";
import type { LogId, Source } from "./api";
import { LogView } from "./LogView";

/** The logs of a step: its job's and Airflow's, of its tries. */
export function LogPanel({ contextId, task }: { contextId: number; task: RunTaskOut }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Source>();
  const [attempt, setAttempt] = useState<number>();
  // What is looked for outlives a change of the log: it changes by itself once the job is there, while somebody may be typing.
  const [query, setQuery] = useState("");
  const typing = useRef(false);
  const source = chosen ?? (task.hasJob ? "job" : "task");
  const { taskId, mapIndex, tries } = task;
  const number = source === "task" ? (attempt ?? tries) : tries; // of a job, the last try alone is on record
  const log: LogId = { contextId, taskId, mapIndex, source, ...(source === "task" && attempt !== undefined ? { attempt } : {}) };
  const label = t(`run.log.of_${source}`);
  const choice = (
    <>
      <Field.Root width="auto">
        <Field.Label fontSize="xs">{t("run.log.source")}</Field.Label>
        <NativeSelect.Root size="xs" width="auto">
          <NativeSelect.Field value={source} onChange={(event) => setChosen(event.currentTarget.value as Source)} data-testid="log-source">
            <option value="job">{t("run.log.of_job")}</option>
            <option value="task">{t("run.log.of_task")}</option>
          </NativeSelect.Field>
          <NativeSelect.Indicator />
        </NativeSelect.Root>
      </Field.Root>
      {source === "task" && tries > 1 ? (
        <Field.Root width="auto">
          <Field.Label fontSize="xs">{t("run.log.try")}</Field.Label>
          <NativeSelect.Root size="xs" width="auto">
            <NativeSelect.Field
              value={number}
              onChange={(event) => setAttempt(Number(event.currentTarget.value))}
            >
              {Array.from({ length: tries }, (_, index) => (
                <option key={index + 1} value={index + 1}>
                  {index + 1}
                </option>
              ))}
            </NativeSelect.Field>
            <NativeSelect.Indicator />
          </NativeSelect.Root>
        </Field.Root>
      ) : null}
    </>
  );
  return (
    <LogView
      key={`${taskId} ${mapIndex} ${source} ${number}`}
      log={log}
      fromEnd={isActive(task.state) || task.state === "failed"}
      label={`${task.title}: ${label}`}
      choice={choice}
      query={query}
      onQuery={setQuery}
      typing={typing}
    />
  );
}
