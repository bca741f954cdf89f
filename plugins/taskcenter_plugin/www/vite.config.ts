import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

import { hostModules } from "./build/hostModules.ts";
import { loneEntry } from "./build/loneEntry.ts";
import { onlyThisBuild } from "./build/onlyThisBuild.ts";

// One ES module, main.js, which Airflow's UI imports, and chunks that it loads when they are needed.
export default defineConfig({
  base: "./",
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  resolve: { alias: { src: fileURLToPath(new URL("./src", import.meta.url)) } },
  plugins: [hostModules(), loneEntry(), onlyThisBuild()],
  build: {
    outDir: "../www_dist",
    emptyOutDir: false,
    target: "es2022",
    chunkSizeWarningLimit: 700,
    license: { fileName: "LICENSES.md" },
    rolldownOptions: {
      input: { main: fileURLToPath(new URL("./src/main.ts", import.meta.url)) },
      preserveEntrySignatures: false,
      // "use client" says nothing to a browser.
      onLog: (level, log, handler) => (log.code === "MODULE_LEVEL_DIRECTIVE" ? undefined : handler(level, log)),
      treeshake: { propertyReadSideEffects: false },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
        // Vite's own helper would else be in the entry.
        codeSplitting: { groups: [{ name: "preload", test: /vite\/preload-helper/ }] },
      },
    },
  },
  test: { include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"], environment: "node", setupFiles: ["tests/setup.ts"] },
});
