import { Alert, Badge, Box, Button, Flex, Heading, List, Text } from "@chakra-ui/react";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, useEffect, useMemo, useRef, useState, type ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import { api } from "src/api/client";
import { data } from "src/api/errors";
import type { GroupOut, PreviewOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";
import { Loading } from "src/parts/Loading";
import { noteDone } from "src/parts/notes";
import { useOneAtATime } from "src/parts/oneAtATime";
import { Optional } from "src/parts/Optional";
import { FireList } from "src/parts/triggers/FireList";
import { TriggerWords } from "src/parts/triggers/TriggerWords";
import { useFires } from "src/parts/triggers/useFires";
import { isJobId } from "src/pages/plan/stepText";
import { planPath } from "src/paths";

import { ChangedMeanwhile } from "./ChangedMeanwhile";
import type { Draft } from "./draft";
import { SwitchField } from "./forms/fields";
import { placeOf } from "./places";
import { previewBody, same } from "./requests";
import { save } from "./save";
import { changeSince, standOf, withKnownItems, type StoredNow } from "./stand";
import type { Meanwhile } from "./useMeanwhile";
import type { Known } from "./useStored";

const Graph = lazy(() => import("src/parts/graph/Graph"));

type Props = {
  /** Of a plan that there is, which was to be changed from the beginning. */
  isChange: boolean;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  group: GroupOut;
  known: Known;
  meanwhile: Meanwhile;
  told: Omit<ComponentProps<typeof ChangedMeanwhile>, "change">;
  onError: (error: unknown) => void;
  onSaved: () => void;
};

/** What will come of it: its DAG, its next runs, what the server warns of; then it is saved. */
export function SaveStep({ isChange, draft, change, group, known, meanwhile, told, onError, onSaved }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { now, change: changed, look } = meanwhile;
  const body = previewBody(withKnownItems(draft, now?.plan), group, now === undefined ? known.entity : now.entity, "all");
  const preview = useQuery({
    queryKey: ["create", "preview", JSON.stringify(body)],
    queryFn: ({ signal }) => data(api.POST("/plans/preview", { body, signal })),
    enabled: !known.looking && !meanwhile.looking,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const fires = useFires(draft.items);
  const alert = useRef<HTMLDivElement>(null);
  const [stops, setStops] = useState(0);
  useEffect(() => {
    if (stops > 0) alert.current?.focus();
  }, [stops]);
  const once = useOneAtATime();
  const saving = useMutation({
    mutationFn: async (seen?: StoredNow) => {
      const found = await look();
      const isSeen = seen !== undefined && same(standOf(found, group), standOf(seen, group));
      if (changeSince(draft, group, found) !== undefined && !isSeen) return undefined;
      const exists = found.plan !== undefined || (preview.data?.exists ?? false);
      return save(withKnownItems(draft, found.plan), group, found.entity, exists, (entity) => {
        const { title, definition, entityAt } = standOf({ plan: undefined, entity }, group);
        change({ keep: false, ...(draft.begun === undefined ? {} : { begun: { ...draft.begun, title, definition, entityAt } }) });
      });
    },
    onSuccess: async (plan) => {
      if (plan === undefined) {
        setStops(stops + 1);
        return;
      }
      onSaved();
      noteDone(t(preview.data?.exists ? "create.changed" : "create.created", { name: plan.title || `${plan.entityGroup} ${plan.entityKey}` }));
      void navigate(planPath(plan.id), { replace: true });
      await cache.invalidateQueries();
    },
    onError,
  });
  const refused = preview.error === null ? undefined : placeOf(preview.error);
  const cannot = preview.data === undefined || preview.error !== null || preview.isPlaceholderData;
  return (
    <Flex direction="column" gap={4}>
      {changed === undefined ? null : (
        <ChangedMeanwhile {...told} ref={alert} change={changed}>
          <Button size="sm" variant="outline" loading={saving.isPending} disabled={cannot} onClick={(click) => once(click, () => saving.mutateAsync(now))}>
            {t(`create.meanwhile.${draft.runNow ? "saveAndRun" : "save"}`)}
          </Button>
        </ChangedMeanwhile>
      )}
      {preview.error ? (
        <Flex direction="column" gap={2} align="flex-start">
          <ErrorNote error={preview.error} retry={() => void preview.refetch()} />
          {refused === undefined || refused.step === "save" ? null : (
            <Button size="sm" variant="outline" onClick={() => onError(preview.error)}>
              {t("create.correct", { step: t(`create.step.${refused.step}`) })}
            </Button>
          )}
        </Flex>
      ) : null}
      {preview.isPending ? <Loading /> : null}
      {preview.data === undefined || preview.error ? null : <Preview preview={preview.data} isOld={preview.isPlaceholderData} isTold={isChange || changed !== undefined} />}
      <Box as="section" aria-label={t("create.step.when")}>
        <Heading as="h3" size="md" mb={2}>
          {t("create.step.when")}
        </Heading>
        {draft.items.length === 0 ? <Text>{t("create.noTrigger")}</Text> : null}
        <List.Root as="ul" variant="plain" gap={1} mb={2}>
          {draft.items.map((item, index) => (
            <List.Item key={index}>
              <TriggerWords item={item} />
            </List.Item>
          ))}
        </List.Root>
        {fires.found !== undefined && fires.found.fires.length > 0 ? (
          <>
            <Heading as="h4" size="sm" mb={1}>
              {t("triggers.fires")}
            </Heading>
            <FireList fires={fires.found.fires} label={t("triggers.fires")} busy={fires.asking} />
          </>
        ) : null}
      </Box>
      <Flex direction="column" gap={2}>
        <SwitchField label={t("create.enabled")} value={draft.enabled} onChange={(enabled) => change(enabled ? { enabled } : { enabled, runNow: false })} help={t("create.enabledHelp")} />
        {draft.enabled ? <SwitchField label={t("create.runNow")} value={draft.runNow} onChange={(runNow) => change({ runNow })} /> : null}
      </Flex>
      <Button
        alignSelf="flex-end"
        colorPalette="brand"
        size="md"
        loading={saving.isPending}
        disabled={cannot || changed !== undefined}
        onClick={(click) => once(click, () => saving.mutateAsync(undefined))}
      >
        {t(`create.save.${preview.data?.exists ? "change" : "make"}${draft.runNow ? "AndRun" : ""}`)}
      </Button>
    </Flex>
  );
}

function Preview({ preview, isOld, isTold }: { preview: PreviewOut; isOld: boolean; isTold: boolean }) {
  const { t } = useTranslation();
  const nodes = useMemo(() => preview.tasks.map(({ taskId, title, jobType }) => ({ id: taskId, title, detail: jobType ?? undefined })), [preview]);
  const edges = useMemo(() => preview.tasks.flatMap(({ taskId, downstream }) => downstream.map((to) => ({ from: taskId, to }))), [preview]);
  return (
    <Box as="section" aria-label={t("create.preview")} opacity={isOld ? 0.6 : 1} aria-busy={isOld}>
      {preview.exists && !isTold ? <Note text={t("create.replaces")} /> : null}
      {preview.warnings.map((warning, index) => (
        <Note key={index} text={t(`create.warnings.${warning.kind}`, { defaultValue: warning.message, number: (warning.index ?? 0) + 1, name: warning.name })} />
      ))}
      <Heading as="h3" size="md" mb={1}>
        {t("create.preview")}
      </Heading>
      <Text fontSize="sm" color="fg.muted" mb={2} overflowWrap="anywhere">
        {t("create.dag", { dagId: preview.dagId, count: preview.tasks.length })}
      </Text>
      <Optional>
        <Graph label={t("create.preview")} nodes={nodes} edges={edges} />
      </Optional>
      <List.Root as="ol" mt={2} ps={5} gap={1} fontSize="sm" aria-label={t("create.tasks")}>
        {preview.tasks.map(({ taskId, title, jobType, detail, downstream, mapped }) => (
          <List.Item key={taskId} overflowWrap="anywhere">
            {title} {jobType === null ? null : <Badge size="sm">{jobType}</Badge>} {mapped ? <Badge size="sm">{t("create.mapped")}</Badge> : null}
            {downstream.length === 0 ? null : (
              <Text as="span" color="fg.muted" ms={1}>
                {t("create.then", { tasks: downstream.join(", ") })}
              </Text>
            )}
            {detail === null ? null : (
              <Text color="fg.muted" fontFamily="mono" fontSize="xs" lineClamp={2} whiteSpace="pre-wrap">
                {isJobId(detail) ? t("parts.job", { id: detail }) : detail}
              </Text>
            )}
          </List.Item>
        ))}
      </List.Root>
    </Box>
  );
}

function Note({ text }: { text: string }) {
  return (
    <Alert.Root status="warning" size="sm" mb={2}>
      <Alert.Indicator />
      <Alert.Description overflowWrap="anywhere">{text}</Alert.Description>
    </Alert.Root>
  );
}
