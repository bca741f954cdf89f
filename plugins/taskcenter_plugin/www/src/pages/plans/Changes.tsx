import { VisuallyHidden } from "@chakra-ui/react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { PlanOut } from "src/api/schema";
import type { ContextStatus } from "src/parts/status";

import { planName } from "./names";

/** Says to screen readers which plans' states have changed while the list is open. */
export function Changes({ plans }: { plans: readonly PlanOut[] }) {
  const { t } = useTranslation();
  const known = useRef(new Map<number, ContextStatus>());
  const [text, setText] = useState("");
  useEffect(() => {
    const changed = plans.filter(({ id, jobStatus }) => (known.current.get(id) ?? jobStatus) !== jobStatus);
    for (const { id, jobStatus } of plans) known.current.set(id, jobStatus);
    if (changed.length > 0) setText(changed.map((plan) => `${planName(plan)}: ${t(`status.${plan.jobStatus}`)}`).join("; "));
  }, [plans, t]);
  return <VisuallyHidden role="status">{text}</VisuallyHidden>;
}
