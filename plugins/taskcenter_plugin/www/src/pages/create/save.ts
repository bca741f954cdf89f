import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { EntityOut, GroupOut, PlanOut } from "src/api/schema";

import type { Draft } from "./draft";
import { entityOf, planBodies, type Stored } from "./requests";

/**
 * Stores what is to run, then the plan, and has it run if that was chosen.
 *
 * @param exists whether there is such a plan already
 * @param onStored what is to run is stored, whatever becomes of the plan
 * @throws ApiError one of the requests was refused; it can be tried again
 */
export async function save(draft: Draft, group: GroupOut, stored: Stored, exists: boolean, onStored: (entity: EntityOut) => void): Promise<PlanOut> {
  const entity = entityOf(draft, group, stored);
  if (entity !== undefined) {
    const path = { entityGroup: draft.group, entityKey: draft.key.trim() };
    onStored(await data(api.PUT("/api/entities/{entityGroup}/{entityKey}", { params: { path }, body: entity })));
  }
  let plan: PlanOut | undefined;
  for (const body of planBodies(draft, group, stored, exists)) plan = await data(api.POST("/api/schedules", { body }));
  return plan!;
}
