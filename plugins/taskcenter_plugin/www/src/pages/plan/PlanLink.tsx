import { Text } from "@chakra-ui/react";

import type { GraphNodeOut, PlanName } from "src/api/schema";
import { InLink } from "src/parts/InLink";
import { samePlan } from "src/parts/triggers/items";
import { planPath } from "src/paths";

/** A plan that an item names: with its title and a link, where there is one that the user may see. */
export function PlanLink({ name, nodes }: { name: PlanName; nodes: readonly GraphNodeOut[] | undefined }) {
  const node = nodes?.find((each) => samePlan(each, name));
  const text = node?.title ?? `${name.entityGroup} ${name.entityKey}`;
  return node?.planId == null ? <Text as="span">{text}</Text> : <InLink to={planPath(node.planId)}>{text}</InLink>;
}
