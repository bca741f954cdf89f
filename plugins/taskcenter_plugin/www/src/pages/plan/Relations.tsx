import { Badge, Box, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import type { GraphNodeOut, PlanOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";
import { StatusBadge } from "src/parts/StatusBadge";
import { planPath } from "src/paths";

import { DEPTH, useRelations } from "./data";
import { PlanLink } from "./PlanLink";
import { drawn, waitsFor } from "./drawn";
import { Section } from "./Section";

const Graph = lazy(() => import("src/parts/graph/Graph"));

/** What the plan depends on and what depends on it: as a graph, and as a table that says the same. */
export function Relations({ plan }: { plan: PlanOut }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: found, error, refetch, isPending } = useRelations(plan);
  const { nodes, edges } = useMemo(() => drawn(found, t), [found, t]);
  const open = useCallback(
    (key: string) => {
      const id = found?.nodes.find((node) => node.key === key)?.planId;
      if (id != null && id !== plan.id) void navigate(planPath(id));
    },
    [found, navigate, plan.id],
  );
  return (
    <Box mt={4}>
      <Section title={t("plan.relations")}>
        {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
        {isPending ? <Loading /> : null}
        {found === undefined ? null : nodes.length < 2 ? (
          <Text color="fg.muted">{t("plan.noRelations")}</Text>
        ) : (
          <>
            <Suspense fallback={<Loading />}>
              <Graph label={t("plan.relationsGraph")} nodes={nodes} edges={edges} onSelect={open} />
            </Suspense>
            {found.more ? (
              <Text fontSize="sm" color="fg.muted">
                {t("plan.moreRelations", { depth: DEPTH })}
              </Text>
            ) : null}
            <Box as="details" mt={2}>
              <Box as="summary" cursor="pointer" fontSize="sm" color="fg.muted">
                {t("plan.asTable")}
              </Box>
              <RelationTable nodes={found.nodes} edges={found.edges} />
            </Box>
          </>
        )}
      </Section>
    </Box>
  );
}

type TableProps = { nodes: readonly GraphNodeOut[]; edges: readonly { from: string; to: string }[] };

function RelationTable({ nodes, edges }: TableProps) {
  const { t } = useTranslation();
  return (
    <Table.ScrollArea mt={2} tabIndex={0} role="region" aria-label={t("plan.relationsGraph")}>
      <Table.Root size="sm" data-testid="relations">
        <Table.Caption captionSide="top" m={0} p={0}>
          <VisuallyHidden>{t("plan.relationsGraph")}</VisuallyHidden>
        </Table.Caption>
        <Table.Header>
          <Table.Row>
            <Table.ColumnHeader>{t("plans.name")}</Table.ColumnHeader>
            <Table.ColumnHeader>{t("plan.place")}</Table.ColumnHeader>
            <Table.ColumnHeader>{t("plans.lastStatus")}</Table.ColumnHeader>
            <Table.ColumnHeader>{t("plan.waitsFor")}</Table.ColumnHeader>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {nodes.map((node) => (
            <Table.Row key={node.key}>
              <Table.Cell>
                <PlanLink name={node} nodes={nodes} />
              </Table.Cell>
              <Table.Cell>{t(`plan.${node.distance < 0 ? "before" : node.distance > 0 ? "after" : "this"}`, { count: Math.abs(node.distance) })}</Table.Cell>
              <Table.Cell>
                {node.jobStatus === null ? t("plan.unknown") : <StatusBadge status={node.jobStatus} />}{" "}
                {node.enabled === false ? <Badge variant="outline">{t("plans.off")}</Badge> : null}
              </Table.Cell>
              <Table.Cell>
                {waitsFor(node, nodes, edges).map((each, index) => (
                  <span key={each.key}>
                    {index === 0 ? "" : ", "}
                    <PlanLink name={each} nodes={nodes} />
                  </span>
                ))}
              </Table.Cell>
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
}
