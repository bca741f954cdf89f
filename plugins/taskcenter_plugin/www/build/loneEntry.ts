import type { Plugin } from "vite";

/**
 * Fails the build when a chunk imports the entry: Airflow loads it as main.js?v=..., and main.js without that would be a second
 * module, with state of its own.
 */
export function loneEntry(): Plugin {
  return {
    name: "lone-entry",
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk" || chunk.isEntry) continue;
        if ([...chunk.imports, ...chunk.dynamicImports].includes("main.js")) {
          this.error(`${chunk.fileName} imports main.js. Keep what both need out of src/main.ts.`);
        }
      }
    },
  };
}
