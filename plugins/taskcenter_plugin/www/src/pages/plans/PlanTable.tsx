import { Button, Table, VisuallyHidden } from "@chakra-ui/react";
import { flexRender, getCoreRowModel, useReactTable, type Header, type RowSelectionState } from "@tanstack/react-table";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { PlanOut } from "src/api/schema";

import { ACTIONS, isOffered, type Action } from "./actions";
import { columnsOf, SORTED_BY, type Row } from "./columns";
import { sortedBy, type View } from "./view";

type Props = {
  rows: Row[];
  view: View;
  selection: RowSelectionState;
  onSelect: (selection: RowSelectionState) => void;
  onView: (change: Partial<View>) => void;
  onAct: (action: Action, plan: PlanOut) => void;
};

/** The plans of a page. Where it is wider than the window, it scrolls by itself. */
export function PlanTable({ rows, view, selection, onSelect, onView, onAct }: Props) {
  const { t } = useTranslation();
  const columns = useMemo(() => columnsOf(t, onAct), [t, onAct]);
  const offered = rows.some(
    ({ plan, extras }) => extras === undefined || ACTIONS.some((action) => isOffered(action, plan, extras.may, extras.runs)),
  );
  const table = useReactTable({
    data: rows,
    columns,
    // Who may do nothing with any of them has nothing to select for.
    state: { rowSelection: selection, columnVisibility: { select: offered, actions: offered } },
    getRowId: ({ plan }) => String(plan.id),
    getCoreRowModel: getCoreRowModel(),
    onRowSelectionChange: (change) => onSelect(typeof change === "function" ? change(selection) : change),
    manualPagination: true,
    manualSorting: true,
  });
  return (
    <Table.ScrollArea position="relative" borderWidth="1px" borderRadius="md" tabIndex={0} role="region" aria-label={t("plans.caption")}>
      <Table.Root size="sm" data-testid="plans">
        <Table.Caption captionSide="top" m={0} p={0}>
          <VisuallyHidden>{t("plans.caption")}</VisuallyHidden>
        </Table.Caption>
        <Table.Header>
          {table.getHeaderGroups().map((group) => (
            <Table.Row key={group.id} bg="bg.subtle">
              {group.headers.map((header) => (
                <Heading key={header.id} header={header} view={view} onView={onView} />
              ))}
            </Table.Row>
          ))}
        </Table.Header>
        <Table.Body>
          {table.getRowModel().rows.map((row) => (
            <Table.Row key={row.id} data-plan={row.id} {...(row.getIsSelected() ? { bg: "bg.muted" } : {})}>
              {row.getVisibleCells().map((cell) => (
                <Table.Cell key={cell.id} py={1} px={{ base: 1.5, md: 2 }}>
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </Table.Cell>
              ))}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
}

function Heading({ header, view, onView }: { header: Header<Row, unknown>; view: View; onView: (change: Partial<View>) => void }) {
  const text = flexRender(header.column.columnDef.header, header.getContext());
  const key = SORTED_BY[header.id];
  if (key === undefined) return <Table.ColumnHeader whiteSpace="nowrap" fontSize="xs">{text}</Table.ColumnHeader>;
  const order = view.sort !== key ? "none" : view.descending ? "descending" : "ascending";
  return (
    <Table.ColumnHeader whiteSpace="nowrap" aria-sort={order}>
      <Button
        size="xs"
        variant="ghost"
        colorPalette="brand"
        px={1}
        ms={-1}
        fontWeight="inherit"
        color="inherit"
        onClick={() => onView(sortedBy(view, key))}
      >
        {text}
        <span aria-hidden>{{ none: "↕", ascending: "↑", descending: "↓" }[order]}</span>
      </Button>
    </Table.ColumnHeader>
  );
}
