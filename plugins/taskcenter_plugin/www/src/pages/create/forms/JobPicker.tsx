import { Box, Flex, Input, RadioGroup, Text } from "@chakra-ui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNote } from "src/parts/ErrorNote";

import type { FoundJob } from "./jobLists";

const TYPING_MS = 300;

type Props = {
  label: string;
  /** What else the list depends on. */
  scope: readonly unknown[];
  find: (q: string, signal: AbortSignal) => Promise<FoundJob[]>;
  picked: string;
  onPick: (job: FoundJob) => void;
};

/** Jobs, or what they are kept in, of a remote system, searched by name and picked from a list. */
export function JobPicker({ label, scope, find, picked, onPick }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({
    queryKey: ["jobs", ...scope, q],
    queryFn: ({ signal }) => find(q, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const jobs = found.data ?? [];
  return (
    <Box as="section" aria-label={label} borderWidth="1px" borderRadius="md" p={3} width="100%" minW={0}>
      <Flex gap={2} align="center" flexWrap="wrap" mb={2}>
        <Text fontWeight="medium" fontSize="sm">
          {label}
        </Text>
        <Input
          type="search"
          size="sm"
          width={{ base: "100%", md: "16rem" }}
          aria-label={t("create.searchIn", { what: label })}
          placeholder={t("create.search")}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </Flex>
      {found.error ? <ErrorNote error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isPending ? (
        <Text color="fg.muted" role="status">
          {t("parts.loading")}
        </Text>
      ) : null}
      {found.isSuccess && jobs.length === 0 ? (
        <Text color="fg.muted" role="status">
          {t("create.noneFound")}
        </Text>
      ) : null}
      <RadioGroup.Root
        size="sm"
        aria-label={label}
        aria-busy={found.isFetching}
        value={picked}
        onValueChange={({ value }) => {
          const job = jobs.find(({ id }) => String(id) === value);
          if (job !== undefined) onPick(job);
        }}
      >
        <Flex direction="column" gap={1} maxH="14rem" overflowY="auto">
          {jobs.map((job) => (
            <RadioGroup.Item key={job.id} value={String(job.id)}>
              <RadioGroup.ItemHiddenInput />
              <RadioGroup.ItemIndicator />
              <RadioGroup.ItemText overflowWrap="anywhere">
                {job.name}
                <Text as="span" color="fg.muted" fontSize="xs" ms={2}>
                  {job.id} {job.detail === "" ? "" : `· ${job.detail}`}
                </Text>
              </RadioGroup.ItemText>
            </RadioGroup.Item>
          ))}
        </Flex>
      </RadioGroup.Root>
    </Box>
  );
}
