import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router-dom";

import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { GroupOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";
import { InLink } from "src/parts/InLink";
import { Loading } from "src/parts/Loading";
import { Page } from "src/parts/Page";
import { useMe } from "src/pages/plans/data";
import { planName } from "src/pages/plans/names";
import { PLANS, planPath } from "src/paths";

import { draftOf } from "./planDraft";
import type { StoredPlan } from "./stand";
import type { Start } from "./useDraft";
import { storedAs } from "./useStored";
import { Wizard } from "./Wizard";

const startOf = (now: StoredPlan, groups: readonly GroupOut[]): Start => {
  const { plan, entity } = now;
  return { draft: draftOf(plan, entity, groups.find(({ group }) => group === plan.entityGroup)), planId: plan.id, now };
};

/** A plan that there is, changed in the steps in which it could be made. */
export default function Change() {
  const { t } = useTranslation();
  const { id } = useParams();
  const scheduleId = /^\d{1,9}$/.test(id ?? "") ? Number(id) : 0;
  const me = useMe();
  const found = useQuery({
    queryKey: ["create", "change", scheduleId],
    queryFn: async ({ signal }) => {
      const plan = await data(api.GET("/api/schedules/{scheduleId}", { params: { path: { scheduleId } }, signal }));
      return { plan, entity: await storedAs(plan.entityGroup, plan.entityKey, signal) };
    },
    // As it was when one has begun: what is typed is not replaced.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const [start, setStart] = useState<Start>();
  const groups = me.data?.groups;
  useEffect(() => {
    if (start === undefined && groups !== undefined && found.data !== undefined) {
      setStart(startOf(found.data, groups));
    }
  }, [start, groups, found.data]);
  const error = found.error ?? me.error;
  const plan = start?.now?.plan ?? found.data?.plan;
  const name = plan === undefined ? t("plan.title", { id: scheduleId }) : planName(plan);
  const way = (
    <>
      <InLink to={PLANS}>{t("plans.title")}</InLink>
      {" / "}
      <InLink to={planPath(scheduleId)} overflowWrap="anywhere">
        {name}
      </InLink>
    </>
  );
  return (
    <Page title={t("create.changeTitle", { name })} before={way}>
      {error ? <ErrorNote error={error} retry={() => void (found.error ? found : me).refetch()} /> : null}
      {!error && start === undefined ? <Loading /> : null}
      {me.data === undefined || start === undefined ? null : <Wizard me={me.data} start={start} onAnew={(now) => setStart(startOf(now, me.data.groups))} />}
    </Page>
  );
}
