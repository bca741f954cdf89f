import type { Json } from "../draft";

/** What each form of a definition takes. `error`: what the server says of it, `part` of which step. */
export type FormProps = {
  value: Json;
  onChange: (value: Json) => void;
  error?: { message: string; part?: string | undefined } | undefined;
};
