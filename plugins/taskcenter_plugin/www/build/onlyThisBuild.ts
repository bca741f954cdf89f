import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

/** Removes what earlier builds have left, after the new files are there: an Airflow that serves them goes on doing so meanwhile. */
export function onlyThisBuild(): Plugin {
  return {
    name: "only-this-build",
    apply: "build",
    writeBundle({ dir }, bundle) {
      if (dir === undefined) return;
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        const name = file.slice(dir.length + 1);
        if (entry.isFile() && !(name in bundle)) rmSync(file);
      }
    },
  };
}
