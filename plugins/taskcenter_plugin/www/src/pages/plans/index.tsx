import { Box, Button, Text } from "@chakra-ui/react";
import type { RowSelectionState } from "@tanstack/react-table";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";

import { Confirm } from "src/parts/Confirm";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";
import { Page } from "src/parts/Page";
import { Pager } from "src/parts/Pager";
import { NEW_PLAN } from "src/paths";

import { Bulk } from "./Bulk";
import { Changes } from "./Changes";
import type { Row } from "./columns";
import { useExtras, useMe, usePlans } from "./data";
import { Filters } from "./Filters";
import { planName } from "./names";
import { PlanTable } from "./PlanTable";
import { useActions } from "./useActions";
import { isFiltered, searchOf, viewOf, type View } from "./view";

/** All plans: found, looked at, run, switched, cancelled, deleted. */
export default function Plans() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const view = useMemo(() => viewOf(search), [search]);
  const [selection, setSelection] = useState<RowSelectionState>({});
  // The router shows a new address when it gets to it; what is changed meanwhile adds to that, and does not take it back.
  const latest = useRef(view);
  useEffect(() => {
    latest.current = view;
  }, [view]);
  const changeView = useCallback(
    (change: Partial<View>) => {
      setSelection({}); // nothing is done with what cannot be seen
      latest.current = { ...latest.current, ...change };
      setSearch(searchOf(latest.current), { replace: true });
    },
    [setSearch],
  );
  const me = useMe();
  const plans = usePlans(view);
  const extras = useExtras(plans.data?.data, plans.dataUpdatedAt);
  const { act, asked, busy, confirm, dismiss } = useActions();
  const rows = useMemo<Row[]>(
    () => (plans.data?.data ?? []).map((plan) => ({ plan, extras: extras.get(plan.id), busy: busy.has(plan.id) })),
    [plans.data, extras, busy],
  );
  const selected = rows.filter(({ plan }) => selection[plan.id]);
  const create = me.data?.may.create ? (
    <Button asChild size="sm" colorPalette="brand">
      <Link to={NEW_PLAN}>{t("plans.create")}</Link>
    </Button>
  ) : undefined;

  return (
    <Page title={t("plans.title")} actions={create}>
      <Filters view={view} onChange={changeView} />
      {plans.error ? (
        <Box mb={2}>
          <ErrorNote error={plans.error} retry={() => void plans.refetch()} />
        </Box>
      ) : null}
      <Bulk rows={selected} onClear={() => setSelection({})} />
      {plans.isPending ? <Loading /> : null}
      {plans.data === undefined ? null : (
        <Box opacity={plans.isPlaceholderData ? 0.6 : 1} aria-busy={plans.isPlaceholderData}>
          {rows.length === 0 ? (
            <Box py={8} textAlign="center" color="fg.muted" role="status">
              <Text>{isFiltered(view) ? t("plans.noneFits") : t("plans.none")}</Text>
              {isFiltered(view) ? null : <Text>{t(me.data?.may.create ? "plans.makeOne" : "plans.makeNone")}</Text>}
            </Box>
          ) : (
            <PlanTable rows={rows} view={view} selection={selection} onSelect={setSelection} onView={changeView} onAct={act} />
          )}
          <Pager
            label={t("plans.pages")}
            offset={view.offset}
            limit={view.limit}
            total={plans.data.totalHits}
            onChange={(offset, limit) => changeView({ offset, limit })}
          />
          <Changes plans={plans.data.data} />
        </Box>
      )}
      {asked === undefined ? null : (
        <Confirm
          open
          title={t(`plans.ask.${asked.action as "run" | "cancel" | "delete"}`, { name: planName(asked.plan) })}
          confirmLabel={t(`plans.actions.${asked.action}`)}
          danger={asked.action !== "run"}
          onConfirm={confirm}
          onClose={dismiss}
        >
          {t(`plans.explain.${asked.action as "run" | "cancel" | "delete"}`)}
        </Confirm>
      )}
    </Page>
  );
}
