// Airflow's UI puts the libraries that it is built with on globalThis, for its plugins. Our bundle imports them from there and
// ships none of them: two copies of React in one page do not work together.
import { createRequire } from "node:module";

import type { Plugin } from "vite";

const HOSTED: Record<string, string> = {
  react: "React",
  "react-dom": "ReactDOM",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
  "@chakra-ui/react": "ChakraUI",
  "@emotion/react": "EmotionReact",
};
const PREFIX = "\0host:";
const require = createRequire(import.meta.url);

/** A module that exports what the library of that name does, taken from the global; which names there are, the installed copy tells. */
function source(name: string): string {
  const names = Object.keys(require(name) as object).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default");
  const exported = names.map((key) => `export const ${key} = host.${key};`);
  return [`const host = globalThis.${HOSTED[name]};`, "export default host;", ...exported].join("\n");
}

export function hostModules(): Plugin {
  return {
    name: "host-modules",
    enforce: "pre",
    apply: "build",
    resolveId: (id) => (id in HOSTED ? { id: PREFIX + id, moduleSideEffects: false } : null),
    load: (id) => (id.startsWith(PREFIX) ? source(id.slice(PREFIX.length)) : null),
  };
}
