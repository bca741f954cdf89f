import { lazy } from "react";
import { Navigate, Route, Routes } from "react-router-dom";

import { Frame } from "src/apps/Frame";
import { PLANS } from "src/paths";

const Plans = lazy(() => import("src/pages/plans"));
const Plan = lazy(() => import("src/pages/plan"));
const Create = lazy(() => import("src/pages/create"));
const Change = lazy(() => import("src/pages/create/Change"));
const Run = lazy(() => import("src/pages/run"));

/** The nav entry: all pages, below /plugin/task-center. */
export default function TaskCenter() {
  return (
    <Frame>
      <Routes>
        <Route index element={<Plans />} />
        <Route path="plans/new" element={<Create />} />
        <Route path="plans/:id" element={<Plan />} />
        <Route path="plans/:id/edit" element={<Change />} />
        <Route path="runs/:contextId" element={<Run />} />
        <Route path="*" element={<Navigate replace to={PLANS} />} />
      </Routes>
    </Frame>
  );
}
