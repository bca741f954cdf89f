export { FireList } from "./FireList";
export { itemOf, itemsOf, newCron, newDependency, sameItems, withKnownIds } from "./items";
export { TriggerEditor } from "./TriggerEditor";
export { TriggerWords } from "./TriggerWords";
export type { TriggerEditorProps, TriggerItem } from "./types";
export { useFires } from "./useFires";
