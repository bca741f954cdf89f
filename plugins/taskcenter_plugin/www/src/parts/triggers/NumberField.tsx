import { Field, Input } from "@chakra-ui/react";

type Props = {
  label: string;
  value: number;
  least?: number;
  most: number;
  /** NaN: there is nothing in it. */
  onChange: (value: number) => void;
  disabled: boolean;
};

/** A small whole number. */
export function NumberField({ label, value, least = 0, most, onChange, disabled }: Props) {
  return (
    <Field.Root width="auto" disabled={disabled} invalid={!(value >= least && value <= most)}>
      <Field.Label>{label}</Field.Label>
      <Input
        type="number"
        size="sm"
        width="4.5rem"
        min={least}
        max={most}
        step={1}
        value={Number.isNaN(value) ? "" : value}
        onChange={(event) => onChange(event.currentTarget.value === "" ? NaN : Number(event.currentTarget.value))}
      />
    </Field.Root>
  );
}
