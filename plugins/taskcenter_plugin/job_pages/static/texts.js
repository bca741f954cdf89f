// What the page says, in English and in Chinese: in the language that Airflow's pages are set to, or else the browser's.

const TEXTS = {
  en: {
    loading: "Loading…",
    title: "{system} job {id}",
    noTitle: "Remote job",
    names: "{dag} · {run} · {task} · try {try}",
    backToTask: "← Task in Airflow",
    state: "State",
    progress: "{percent} %",
    taskState: "The task is {state}.",
    noJob: "The task has not submitted its job yet.",
    neverJob: "The task has ended and left no job on record.",
    cancel: "Cancel the job",
    cancelling: "Cancelling…",
    cancelled: "The job has stopped.",
    cancelAsked: "The job has been told to stop, and has not stopped yet.",
    confirmHeading: "Cancel this job?",
    confirmText:
      "The job is stopped on its system. A task that waits for it is marked as failed and is not retried. What the job has done already stays.",
    confirmYes: "Cancel the job",
    confirmNo: "Let it run",
    results: "Results",
    result: "Result",
    download: "Download as CSV",
    previous: "Previous rows",
    next: "Next rows",
    rows: "Rows {from} to {to}",
    noRows: "No rows",
    log: "Log",
    skipped: "{count} lines before these are not shown; the task's log in Airflow has them.",
    logEnd: "End of the log",
    logWaiting: "Waiting for more…",
    logFailed: "The log cannot be read: {message}",
    unreachable: "Airflow does not answer. Trying again…",
    login: "Your login has ended. Reload the page to log in again.",
    latest: "Show the job of the last try",
    states: {
      pending: "waiting to run", running: "running", succeeded: "succeeded", failed: "failed", cancelled: "cancelled",
      timed_out: "timed out", unknown: "unknown", none: "no job",
    },
  },
  zh: {
    loading: "加载中…",
    title: "{system} 任务 {id}",
    noTitle: "远程任务",
    names: "{dag} · {run} · {task} · 第 {try} 次尝试",
    backToTask: "← 返回 Airflow 任务",
    state: "状态",
    progress: "{percent} %",
    taskState: "Airflow 任务状态：{state}。",
    noJob: "Airflow 任务尚未提交远程任务。",
    neverJob: "Airflow 任务已结束，没有远程任务的记录。",
    cancel: "取消任务",
    cancelling: "正在取消…",
    cancelled: "任务已停止。",
    cancelAsked: "已发出停止请求，任务尚未停止。",
    confirmHeading: "确定取消该任务？",
    confirmText: "远程系统上的任务将被停止；等待它的 Airflow 任务会被标记为失败，且不再重试。任务已经完成的部分不会撤销。",
    confirmYes: "取消任务",
    confirmNo: "继续运行",
    results: "结果",
    result: "结果集",
    download: "下载 CSV",
    previous: "上一页",
    next: "下一页",
    rows: "第 {from} 至 {to} 行",
    noRows: "没有数据",
    log: "日志",
    skipped: "之前的 {count} 行未显示，可在 Airflow 的任务日志中查看。",
    logEnd: "日志结束",
    logWaiting: "等待更多日志…",
    logFailed: "无法读取日志：{message}",
    unreachable: "Airflow 没有响应，正在重试…",
    login: "登录已失效，请刷新页面重新登录。",
    latest: "查看最近一次尝试的任务",
    states: {
      pending: "等待运行", running: "运行中", succeeded: "成功", failed: "失败", cancelled: "已取消",
      timed_out: "超时", unknown: "未知", none: "没有任务",
    },
  },
};

function chosenLanguage() {
  let chosen = null;
  try {
    chosen = localStorage.getItem("i18nextLng");
  } catch {
    // Storage may be switched off.
  }
  return (chosen || navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
}

const language = chosenLanguage();

export function text(name, values = {}) {
  return TEXTS[language][name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export function stateText(state) {
  return TEXTS[language].states[state] ?? state;
}

export function translate(root) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
}
