// The page on one task instance's remote job: asks for what is new, at growing intervals, until the job has ended.

import { Failure, get, latestAddress, post, taskAddress } from "./api.js";
import * as log from "./log.js";
import { showResults } from "./results.js";
import { stateText, text, translate } from "./texts.js";

const FIRST_MS = 1000;
const LONGEST_MS = 10_000;
const GROWTH = 1.25;

const element = (id) => document.getElementById(id);

let interval = FIRST_MS;
let timer = null;
let last = "";
let looking = false;

async function look() {
  if (looking) return;
  looking = true;
  clearTimeout(timer);
  let goOn = true;
  try {
    const state = await get("state");
    say("");
    show(state);
    const ended = state.job?.ended ?? state.task.ended;
    let news = JSON.stringify(state) !== last;
    last = JSON.stringify(state);
    if (state.job && state.mayReadLog) {
      element("log-section").hidden = false;
      news = (await log.readLog(state.job.ended)) || news;
    }
    if (state.job?.ended && state.mayReadResults) await showResults();
    if (news) interval = FIRST_MS;
    goOn = !ended || (state.job !== null && state.mayReadLog && !log.done);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    goOn = complain(failure);
  } finally {
    looking = false;
  }
  if (goOn) {
    timer = setTimeout(lookIfSeen, interval);
    interval = Math.min(LONGEST_MS, interval * GROWTH);
  }
}

// A page that nobody sees asks for nothing; it goes on when it is seen.
function lookIfSeen() {
  if (!document.hidden) look();
}

// Say what went wrong; whether it may be better later.
function complain(failure) {
  if (failure.status === 401) {
    say(text("login"));
    return false;
  }
  say(failure.status === 0 ? text("unreachable") : failure.message);
  const gone = failure.status >= 400 && failure.status < 500;
  if (failure.status === 404 && new URLSearchParams(location.search).has("try")) {
    const link = document.createElement("a");
    link.href = latestAddress();
    link.textContent = text("latest");
    element("message").append(" ", link);
  }
  return !gone;
}

function say(message, kind = "error") {
  element("message").dataset.kind = kind;
  element("message").hidden = message === "";
  if (element("message").textContent !== message) element("message").textContent = message;
}

function show({ task, job, links, mayCancel }) {
  const title = job ? text("title", { system: job.system, id: job.id }) : text("noTitle");
  element("title").textContent = title;
  document.title = `${title} · ${job ? stateText(job.state) : task.taskId}`;
  const index = task.mapIndex >= 0 ? `[${task.mapIndex}]` : "";
  element("names").textContent = text("names", {
    dag: task.dagId, run: task.runId, task: `${task.taskId}${index}`, try: task.tryNumber,
  });
  showState(job);
  const noJob = task.ended ? text("neverJob") : text("noJob");
  const taskState = task.state ? text("taskState", { state: task.state }) : "";
  element("task-state").textContent = job ? taskState : `${noJob} ${taskState}`;
  showLinks(links);
  element("cancel").hidden = !(mayCancel && job && !job.ended);
}

function showState(job) {
  const badge = element("state");
  const words = job ? `${stateText(job.state)} (${job.remoteState})` : stateText("none");
  if (badge.textContent !== words) badge.textContent = words; // said aloud only when it changes
  badge.dataset.state = job?.state ?? "none";
  const known = job !== null && job.progress !== null && !job.ended;
  element("progress").hidden = !known;
  if (known) element("progress").value = job.progress;
  element("percent").textContent = known ? text("progress", { percent: Math.round(job.progress * 100) }) : "";
  element("reason").hidden = !job?.reason;
  element("reason").textContent = job?.reason ?? "";
}

function showLinks(links) {
  const wanted = JSON.stringify(links);
  if (element("links").dataset.shown === wanted) return;
  element("links").dataset.shown = wanted;
  element("links").replaceChildren(
    ...links.map(({ name, url }) => {
      const link = document.createElement("a");
      link.href = url;
      link.rel = "noopener noreferrer";
      link.target = "_blank";
      link.textContent = `${name} ↗`;
      return link;
    }),
  );
}

async function cancel() {
  element("confirm").close();
  const button = element("cancel");
  button.disabled = true;
  button.textContent = text("cancelling");
  let said = [];
  try {
    const { job } = await post("cancel");
    said = [text(job.ended ? "cancelled" : "cancelAsked"), "note"];
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    said = [failure.message || text("unreachable")];
  }
  button.disabled = false;
  button.textContent = text("cancel");
  interval = FIRST_MS;
  await look();
  say(...said);
}

translate(document);
element("task-link").href = taskAddress();
element("cancel").addEventListener("click", () => element("confirm").showModal());
element("confirm-no").addEventListener("click", () => element("confirm").close());
element("confirm-yes").addEventListener("click", cancel);
document.addEventListener("visibilitychange", lookIfSeen);
look();
