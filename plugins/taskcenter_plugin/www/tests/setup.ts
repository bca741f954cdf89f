// What the modules ask of a browser when they are loaded; a page is tested in a real one (tests/e2e).
const base = "http://airflow.example/prefix/";
Object.assign(globalThis, { document: { baseURI: base }, location: new URL("plugin/task-center", base) });
// Node has one from version 21 on.
if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: { language: "en" } });
