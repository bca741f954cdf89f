export type CodeEditorProps = {
  /** What the code is, for screen readers. */
  label: string;
  value: string;
  onChange?: ((value: string) => void) | undefined;
  /** Of Linkis; "sql", "python", "shell"... */
  runType: string;
  readOnly?: boolean | undefined;
  invalid?: boolean | undefined;
  /** The id of what says why. */
  describedBy?: string | undefined;
  placeholder?: string | undefined;
};
