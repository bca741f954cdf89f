import { Button, Flex, Input, NativeSelect } from "@chakra-ui/react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { STATUSES } from "src/parts/status";

import { useCreators, useMe } from "./data";
import { DEFAULT_VIEW, isFiltered, type View } from "./view";

const TYPING_MS = 300;

type Props = { view: View; onChange: (change: Partial<View>) => void };

/** A group in words, with the name by which the table and the API know it where that is another. */
const groupText = (words: string, group: string): string => (words.toUpperCase() === group ? words : `${words} (${group})`);

/** Narrows the list; a change leads to the first page. */
export function Filters({ view, onChange }: Props) {
  const { t } = useTranslation();
  const groups = useMe().data?.groups ?? [];
  const creators = useCreators().data ?? [];
  const narrow = (change: Partial<View>) => onChange({ ...change, offset: 0 });
  return (
    <Flex as="form" role="search" aria-label={t("plans.filters")} gap={2} flexWrap="wrap" mb={2} onSubmit={(event) => event.preventDefault()}>
      <Search text={view.q} onChange={(q) => narrow({ q })} />
      <Choice label={t("plans.group")} value={view.group} onChange={(group) => narrow({ group })}>
        {[...new Set([...groups.map(({ group }) => group), view.group].filter(Boolean))].map((group) => (
          <option key={group} value={group}>
            {groupText(t(`create.groups.${group}.name`, { defaultValue: group }), group)}
          </option>
        ))}
      </Choice>
      <Choice label={t("plans.creator")} value={view.creator} onChange={(creator) => narrow({ creator })}>
        {creators.map(({ id, name, loginName }) => (
          <option key={id} value={id}>
            {name || loginName}
          </option>
        ))}
      </Choice>
      <Choice
        label={t("plans.lastStatus")}
        value={view.status}
        onChange={(status) => narrow({ status: STATUSES.find((each) => each === status) ?? "" })}
      >
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`status.${status}`)}
          </option>
        ))}
      </Choice>
      <Choice label={t("plans.enabled")} value={view.enabled} onChange={(enabled) => narrow({ enabled: enabled as View["enabled"] })}>
        <option value="true">{t("plans.on")}</option>
        <option value="false">{t("plans.off")}</option>
      </Choice>
      {isFiltered(view) ? (
        <Button size="sm" variant="ghost" onClick={() => onChange({ ...DEFAULT_VIEW, limit: view.limit })}>
          {t("plans.clear")}
        </Button>
      ) : null}
    </Flex>
  );
}

type ChoiceProps = { label: string; value: string; onChange: (value: string) => void; children: ReactNode };

function Choice({ label, value, onChange, children }: ChoiceProps) {
  const { t } = useTranslation();
  return (
    <NativeSelect.Root size="sm" width="auto" maxW="14rem">
      <NativeSelect.Field aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{t("plans.any", { what: label })}</option>
        {children}
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  );
}

/** Waits until the typing pauses; follows the address when that changes by other means. */
function Search({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  const sent = useRef(text);
  useEffect(() => {
    if (text !== sent.current) setTyped(text);
    sent.current = text;
  }, [text]);
  useEffect(() => {
    if (typed === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = typed;
      onChange(typed);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  return (
    <Input
      type="search"
      size="sm"
      width={{ base: "100%", md: "16rem" }}
      aria-label={t("plans.search")}
      placeholder={t("plans.search")}
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
