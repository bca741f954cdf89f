import { Box, Checkbox, Switch, Text } from "@chakra-ui/react";
import { createColumnHelper } from "@tanstack/react-table";
import type { TFunction } from "i18next";

import type { PlanExtrasOut, PlanOut } from "src/api/schema";
import { InLink } from "src/parts/InLink";
import { StatusBadge } from "src/parts/StatusBadge";
import { When } from "src/parts/When";
import { durationText } from "src/parts/times";
import { planPath, runPath } from "src/paths";

import type { Action } from "./actions";
import { History } from "./History";
import { planName, planZone } from "./names";
import { RowActions } from "./RowActions";
import { Schedule } from "./Schedule";
import type { SortKey } from "./view";

export type Row = { plan: PlanOut; extras: PlanExtrasOut | undefined; busy: boolean };
type Act = (action: Action, plan: PlanOut) => void;

/** By which of the server's orders a column's heading sorts. */
export const SORTED_BY: Record<string, SortKey> = { name: "name", next: "nextStartAt", last: "startAt", took: "costTime" };

const column = createColumnHelper<Row>();

/** The columns of the list. */
export const columnsOf = (t: TFunction, act: Act) => [
  column.display({
    id: "select",
    header: ({ table }) => (
      <Check
        label={t("plans.selectAll")}
        checked={table.getIsAllRowsSelected() || (table.getIsSomeRowsSelected() && "indeterminate")}
        onChange={(checked) => table.toggleAllRowsSelected(checked)}
      />
    ),
    cell: ({ row }) => (
      <Check
        label={t("plans.select", { name: planName(row.original.plan) })}
        checked={row.getIsSelected()}
        onChange={(checked) => row.toggleSelected(checked)}
      />
    ),
  }),
  column.display({ id: "name", header: t("plans.name"), cell: ({ row }) => <Name plan={row.original.plan} /> }),
  column.display({ id: "status", header: t("plans.lastStatus"), cell: ({ row }) => <LastStatus {...row.original} /> }),
  column.display({
    id: "enabled",
    header: t("plans.enabled"),
    cell: ({ row }) => (
      <Enabled {...row.original} act={act} label={t("plans.switch", { name: planName(row.original.plan) })} why={t("plans.mayNot")} />
    ),
  }),
  column.display({ id: "schedule", header: t("plan.triggers"), cell: ({ row }) => <Schedule {...row.original.plan} /> }),
  column.display({ id: "last", header: t("plans.lastRun"), cell: ({ row }) => <Moment row={row.original} at="lastStartAt" /> }),
  column.display({ id: "took", header: t("plans.took"), cell: ({ row }) => <Took {...row.original.plan} /> }),
  column.display({ id: "next", header: t("plans.nextRun"), cell: ({ row }) => <Moment row={row.original} at="nextStartAt" /> }),
  column.display({ id: "history", header: t("plans.history"), cell: ({ row }) => <History runs={row.original.extras?.runs ?? []} /> }),
  column.display({
    id: "actions",
    header: t("plans.do"),
    cell: ({ row }) => <RowActions plan={row.original.plan} extras={row.original.extras} busy={row.original.busy} onAct={act} />,
  }),
];

function Check({ label, checked, onChange }: { label: string; checked: boolean | "indeterminate"; onChange: (checked: boolean) => void }) {
  return (
    <Checkbox.Root size="sm" colorPalette="brand" checked={checked} onCheckedChange={(change) => onChange(change.checked === true)}>
      <Checkbox.HiddenInput aria-label={label} />
      <Checkbox.Control />
    </Checkbox.Root>
  );
}

function Name({ plan }: { plan: PlanOut }) {
  return (
    <Box width={{ base: "9rem", md: "13rem", "2xl": "20rem" }} whiteSpace="normal" overflowWrap="anywhere">
      <InLink to={planPath(plan.id)} fontWeight="medium" lineClamp={2} title={plan.title || plan.entityKey}>
        {plan.title || plan.entityKey}
      </InLink>
      <Text fontSize="xs" color="fg.muted" lineClamp={2}>
        {[plan.entityGroup, plan.title ? plan.entityKey : "", plan.entityCreatedByName].filter(Boolean).join(" · ")}
      </Text>
    </Box>
  );
}

function Enabled({ plan, extras, busy, act, label, why }: Row & { act: Act; label: string; why: string }) {
  return (
    <Switch.Root
      size="sm"
      colorPalette="brand"
      checked={plan.enabled}
      disabled={busy || !extras?.may.edit}
      onCheckedChange={({ checked }) => act(checked ? "enable" : "disable", plan)}
      {...(extras?.may.edit === false ? { title: why } : {})}
    >
      <Switch.HiddenInput aria-label={label} />
      <Switch.Control />
    </Switch.Root>
  );
}

function LastStatus({ plan, extras }: Row) {
  const last = extras?.runs[0];
  const badge = <StatusBadge status={plan.jobStatus} />;
  return last === undefined ? badge : <InLink to={runPath(last.contextId)}>{badge}</InLink>;
}

function Moment({ row: { plan, extras }, at }: { row: Row; at: "lastStartAt" | "nextStartAt" }) {
  if (extras === undefined) return null;
  return at === "nextStartAt" ? <When at={extras.nextStartAt} zone={planZone(plan)} /> : <When at={extras.lastStartAt} />;
}

function Took({ costTime }: PlanOut) {
  return (
    <Text as="span" fontVariantNumeric="tabular-nums">
      {costTime === null ? "–" : durationText(costTime)}
    </Text>
  );
}
