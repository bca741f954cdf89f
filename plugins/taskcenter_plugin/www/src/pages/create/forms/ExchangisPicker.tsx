import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { GatewayUseOut } from "src/api/schema";

import { usePaused } from "../useStored";
import { exchangisJobs, exchangisProjects, type FoundJob } from "./jobLists";
import { JobPicker } from "./JobPicker";
import { WhyNoList } from "./whyNot";

type Props = {
  use: GatewayUseOut;
  /** Another one than the gateway's own, as it is typed; empty: that one. */
  connection: string;
  /** The id of the job that is picked. */
  picked: string;
  onProject?: ((project: FoundJob) => void) | undefined;
  /** The id or name of the project that is picked. */
  project?: string;
  onJob?: ((job: FoundJob, project: FoundJob) => void) | undefined;
};

/** A project of Exchangis, and a job of it, picked from lists; where there are none, it says why. */
export function ExchangisPicker({ use, connection: typed, picked, onProject, project = "", onJob }: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<FoundJob>();
  const connection = usePaused(typed) || undefined;
  if (!use.on || !use.read) return <WhyNoList system="Exchangis" use={use} />;
  return (
    <>
      <JobPicker
        label={t("create.exchangisProjects")}
        scope={["exchangis", "projects", connection]}
        find={(q, signal) => exchangisProjects(q, connection, signal)}
        picked={shown === undefined ? project : String(shown.id)}
        onPick={(found) => {
          setShown(found);
          onProject?.(found);
        }}
      />
      {shown === undefined || onJob === undefined ? null : (
        <JobPicker
          key={shown.id}
          label={t("create.exchangisJobs", { project: shown.name })}
          scope={["exchangis", "jobs", shown.id, connection]}
          find={(q, signal) => exchangisJobs(shown.id, q, connection, signal)}
          picked={picked}
          onPick={(job) => onJob(job, shown)}
        />
      )}
    </>
  );
}
