// What Airflow's UI imports. It then looks for the component under the name that the plugin gives each of its apps
// (plugins/taskcenter_plugin/react_apps.py). Nothing is imported here but when it is rendered, so that no chunk needs this file.
import type { ComponentType, ReactElement } from "react";

type Props = { dagId?: string; runId?: string };
type HostReact = typeof import("react");
type HostRouter = typeof import("react-router-dom");

let isKnown = false;

/**
 * Airflow renders a bundle that it has just imported as one component, and when it renders next, as another: at the first change of
 * the address all would be mounted anew, the field one is typing into among it. So it is made to do that at once.
 */
function useHostAgain(React: HostReact): void {
  const { useLocation, useNavigate } = (globalThis as unknown as { ReactRouterDOM: HostRouter }).ReactRouterDOM;
  const here = useLocation();
  const navigate = useNavigate();
  React.useEffect(() => {
    if (isKnown) return;
    isKnown = true;
    void navigate(here, { replace: true, state: here.state as unknown });
  }, []);
}

function later(load: () => Promise<{ default: ComponentType<Props> }>): (props: Props) => ReactElement {
  const React = (globalThis as unknown as { React: HostReact }).React;
  const Lazy = React.lazy(load);
  return (props) => {
    useHostAgain(React);
    return React.createElement(Lazy, props);
  };
}

Object.assign(globalThis, {
  "Task center": later(() => import("src/apps/TaskCenter")),
  "Task center plan": later(() => import("src/apps/PlanTab")),
  "Task center run": later(() => import("src/apps/RunTab")),
});

// The list is what most come for: it is fetched while the frame around it is, and not after.
if (location.pathname.endsWith("/plugin/task-center")) void import("src/pages/plans");
