import { lazy } from "react";

import { Frame } from "src/apps/Frame";
import { Tab } from "src/apps/Tab";

const Run = lazy(() => import("src/pages/run"));

/** The tab on a DAG run. */
export default function RunTab({ dagId, runId }: { dagId?: string; runId?: string }) {
  return (
    <Frame>
      <Tab dagId={dagId ?? ""} {...(runId === undefined ? {} : { runId })} lead="run">
        {({ contextId }) => (contextId === null ? null : <Run contextId={contextId} />)}
      </Tab>
    </Frame>
  );
}
