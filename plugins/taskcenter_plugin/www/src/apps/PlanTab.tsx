import { lazy } from "react";

import { Frame } from "src/apps/Frame";
import { Tab } from "src/apps/Tab";

const Plan = lazy(() => import("src/pages/plan"));

/** The tab on a DAG. */
export default function PlanTab({ dagId }: { dagId?: string }) {
  return (
    <Frame>
      <Tab dagId={dagId ?? ""} lead="plan">
        {({ planId }) => (planId === null ? null : <Plan planId={planId} />)}
      </Tab>
    </Frame>
  );
}
