import { Checkbox, Field, Input, NativeSelect, Textarea } from "@chakra-ui/react";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { isObject, type Json } from "../draft";
import { same } from "../requests";
import { jsonOf, linesOf, linesText, textOf } from "../values";

export type FieldProps<Value> = {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  help?: ReactNode;
  error?: string | undefined;
  required?: boolean;
  placeholder?: string;
  width?: string;
};

type BoxProps = Pick<FieldProps<unknown>, "label" | "help" | "error" | "required" | "width"> & { children: ReactNode };

/** A label, the field, what helps to fill it, and what is wrong with it. */
function Labelled({ label, help, error, required = false, width = "100%", children }: BoxProps) {
  return (
    <Field.Root invalid={error !== undefined} required={required} width={{ base: "100%", md: width }} minW={0}>
      <Field.Label>
        {label}
        <Field.RequiredIndicator />
      </Field.Label>
      {children}
      {help === undefined ? null : <Field.HelperText>{help}</Field.HelperText>}
      <Field.ErrorText overflowWrap="anywhere">{error}</Field.ErrorText>
    </Field.Root>
  );
}

type TextProps = FieldProps<string> & { suggestions?: readonly string[]; mono?: boolean; maxLength?: number; inputMode?: "numeric" | "decimal" };

/** A text of one line, with what has been used before to choose from. */
export function TextField({ value, onChange, placeholder, suggestions, mono = false, maxLength, inputMode, ...box }: TextProps) {
  const list = useId();
  return (
    <Labelled {...box}>
      <Input
        size="sm"
        value={value}
        maxLength={maxLength}
        inputMode={inputMode}
        placeholder={placeholder}
        fontFamily={mono ? "mono" : undefined}
        autoComplete="off"
        list={suggestions === undefined ? undefined : list}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {suggestions === undefined ? null : (
        <datalist id={list}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </Labelled>
  );
}

/** Its text, for a value that `parse` makes of it; what is being typed stays as it is typed. */
function useTyped(value: unknown, shown: (value: unknown) => string, parse: (text: string) => unknown) {
  const [typed, setTyped] = useState(() => shown(value));
  const text = same(parse(typed), value) ? typed : shown(value);
  return [text, setTyped] as const;
}

type ParsedProps = FieldProps<unknown> & { parse: (text: string) => unknown; inputMode?: "numeric" | "decimal" };

/** A number, or an id. */
export function ParsedField({ value, onChange, parse, placeholder, inputMode, ...box }: ParsedProps) {
  const [text, setTyped] = useTyped(value, textOf, parse);
  return (
    <TextField
      {...box}
      value={text}
      inputMode={inputMode}
      placeholder={placeholder}
      onChange={(next) => {
        setTyped(next);
        onChange(parse(next));
      }}
    />
  );
}

type AreaProps = FieldProps<unknown> & { rows?: number };

/** A list with a line for each. */
export function LinesField({ value, onChange, placeholder, rows = 3, ...box }: AreaProps) {
  const [text, setTyped] = useTyped(value, linesText, linesOf);
  return (
    <Labelled {...box}>
      <Textarea
        size="sm"
        rows={rows}
        value={text}
        placeholder={placeholder}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          onChange(linesOf(event.currentTarget.value));
        }}
      />
    </Labelled>
  );
}

/** An object or a list, as JSON. */
export function JsonField({ value, onChange, placeholder, rows = 4, error, ...box }: AreaProps) {
  const { t } = useTranslation();
  const [text, setTyped] = useTyped(value, textOf, jsonOf);
  const unread = text.trim() !== "" && typeof jsonOf(text) !== "object" ? t("create.noJson") : undefined;
  return (
    <Labelled {...box} error={error ?? unread}>
      <Textarea
        size="sm"
        rows={rows}
        fontFamily="mono"
        spellCheck={false}
        value={text}
        placeholder={placeholder}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          onChange(jsonOf(event.currentTarget.value));
        }}
      />
    </Labelled>
  );
}

type WholeProps = Omit<AreaProps, "value" | "onChange"> & { value: Json; onChange: (value: Json) => void };

/** A whole definition as JSON; what cannot be read stays in the field, and is not taken over. */
export function WholeJsonField({ value, onChange, ...box }: WholeProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const unread = isObject(jsonOf(text)) || text.trim() === "" ? undefined : t("create.noJson");
  return (
    <Labelled {...box} error={box.error ?? unread}>
      <Textarea
        size="sm"
        rows={box.rows ?? 16}
        fontFamily="mono"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          const next = event.currentTarget.value;
          setText(next);
          const read = jsonOf(next) ?? {};
          if (isObject(read)) onChange(read);
        }}
      />
    </Labelled>
  );
}

type ChoiceProps = FieldProps<string> & { children: ReactNode };

export function ChoiceField({ value, onChange, children, ...box }: ChoiceProps) {
  return (
    <Labelled {...box}>
      <NativeSelect.Root size="sm">
        <NativeSelect.Field value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {children}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Labelled>
  );
}

export function SwitchField({ label, value, onChange, help }: Pick<FieldProps<boolean>, "label" | "value" | "onChange" | "help">) {
  return (
    <Field.Root>
      <Checkbox.Root size="sm" checked={value} onCheckedChange={({ checked }) => onChange(checked === true)}>
        <Checkbox.HiddenInput />
        <Checkbox.Control />
        <Checkbox.Label>{label}</Checkbox.Label>
      </Checkbox.Root>
      {help === undefined ? null : <Field.HelperText>{help}</Field.HelperText>}
    </Field.Root>
  );
}
