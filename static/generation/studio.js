/* The list of jobs, live. The server renders every card; this script only moves what changes between two renderings: the state,
 * the progress bar and the preview. Text of users goes through textContent or comes as the server's own parts. */

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const REREAD_DELAY = 300;
const SIGNED_OUT = 4401;

const tray = document.querySelector("[data-tray]");
const announcer = document.getElementById("announcer");
const connection = document.getElementById("connection");

document.documentElement.classList.add("has-script");

function announce(text) {
  if (announcer) announcer.textContent = text;
}

/* ---- Cards ---------------------------------------------------------------------------------------------------- */

// The newest message of each active job: a card that is rendered anew goes on where it was.
const newest = new Map();
const previews = new Map();
// Jobs whose end was told: an answer that was on its way, or went to a card that is gone, must not leave them active.
const ended = new Set();

function cardOf(id) {
  return document.getElementById(`job-${id}`);
}

function duration(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

function stateText(message) {
  if (message.status === "queued") {
    return message.queue_position ? `Waiting · place ${message.queue_position} in the queue` : "Waiting";
  }
  if (!message.step) return "Starting";
  const left = message.eta_seconds ? ` · about ${duration(message.eta_seconds)} left` : "";
  return `Step ${message.step} of ${message.steps}${left}`;
}

function isActive(status) {
  return status === "queued" || status === "running";
}

/** Show a message on its card. A card that has ended stays as it is: messages may come late. */
function show(card, message) {
  if (!isActive(card.dataset.status) || !isActive(message.status)) return;
  card.dataset.status = message.status;
  card.classList.toggle("job-queued", message.status === "queued");
  card.classList.toggle("job-running", message.status === "running");
  card.querySelector("[data-state]").textContent = stateText(message);
  card.querySelector("[data-progress]").value = message.fraction;
  const picture = previews.get(message.id);
  const preview = card.querySelector("[data-preview]");
  if (picture && preview) {
    preview.src = picture;
    preview.hidden = false;
  }
}

// htmx sends one request of a source at a time, and of those that wait the last alone: each card asks for itself.
function refresh(card) {
  return window.htmx.ajax("GET", card.dataset.card, { source: card, target: card, swap: "outerHTML" });
}

async function receive(message) {
  if (message.type !== "job") return;
  const { id, status } = message;
  const card = cardOf(id);
  if (!isActive(status)) {
    newest.delete(id);
    previews.delete(id);
    ended.add(id);
    if (!card) return reread(id);
    if (!isActive(card.dataset.status)) return;
    // The page of one job shows its result in a way of its own.
    if (tray?.dataset.follow === id) return location.reload();
    await refresh(card);
    announceEnd(id, status);
    return;
  }
  ended.delete(id);
  const earlier = newest.get(id);
  newest.set(id, message);
  // A preview's bytes are from us and still checked: nothing but a small picture may become an address.
  if (message.preview?.startsWith("data:image/jpeg;base64,")) previews.set(id, message.preview);
  if (status === "queued") previews.delete(id);
  if (!card) return reread(id);
  show(card, message);
  if (status === "running" && earlier?.status !== "running") announce("Work on it has begun.");
}

function announceEnd(id, status) {
  const prompt = cardOf(id)?.querySelector(".job-prompt")?.textContent ?? "";
  const words = { succeeded: "Ready", failed: "Failed", cancelled: "Cancelled" };
  announce(`${words[status]}: ${prompt}`);
}

/* ---- Reading the list again ----------------------------------------------------------------------------------- */

let submitting = 0;
let rereadTimer = null;
let rereadAnyway = false;
// How often the list was read for a job that it did not bring: one that is older than what it shows.
const asked = new Map();
const missing = new Set();

/** Read the list again soon: because of a job without a card, or whatever it shows. */
function reread(id = null) {
  if (!tray) return;
  if (tray.dataset.follow) return rereadFollowed(id);
  if (id === null) rereadAnyway = true;
  else missing.add(id);
  rereadTimer ??= setTimeout(readTray, REREAD_DELAY);
}

/** On the page of one job only that job matters. */
function rereadFollowed(id) {
  const card = cardOf(tray.dataset.follow);
  if (!card || (id !== null && id !== tray.dataset.follow)) return;
  refresh(card).then(() => {
    if (!isActive(cardOf(tray.dataset.follow)?.dataset.status)) location.reload();
  });
}

function readTray() {
  rereadTimer = null;
  // The answer to a form brings its card itself: reading now would bring it twice.
  if (submitting) {
    rereadTimer = setTimeout(readTray, REREAD_DELAY);
    return;
  }
  const wanted = [...missing].filter((id) => !cardOf(id) && (asked.get(id) ?? 0) < 2);
  missing.clear();
  for (const id of wanted) asked.set(id, (asked.get(id) ?? 0) + 1);
  if (!wanted.length && !rereadAnyway) return;
  rereadAnyway = false;
  const size = document.querySelectorAll("#tray-list > .job").length;
  window.htmx.ajax("GET", `${tray.dataset.tray}?size=${size}`, { source: tray, target: "#tray", swap: "innerHTML" });
}

/* ---- The socket ----------------------------------------------------------------------------------------------- */

let socket = null;
let delay = FIRST_DELAY;
let retryTimer = null;

function connect() {
  clearTimeout(retryTimer);
  retryTimer = null;
  if (socket) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(`${scheme}//${location.host}/ws/me/`);
  socket = opened;
  opened.addEventListener("open", () => {
    delay = FIRST_DELAY;
    tray.dataset.live = "yes";
    const again = !connection.hidden;
    if (again) {
      connection.hidden = true;
      connection.textContent = "";
      announce("Connected again.");
    }
    // What ended before the socket was open, or while it was away, is told by the rows alone.
    if (again || document.querySelector(".job-queued, .job-running")) reread();
  });
  opened.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  opened.addEventListener("close", (event) => {
    if (socket !== opened) return;
    socket = null;
    delete tray.dataset.live;
    connection.hidden = false;
    if (event.code === SIGNED_OUT) {
      connection.textContent = "You are signed out. Reload the page to sign in again.";
      return;
    }
    connection.textContent = "Connection lost. Reconnecting …";
    // Spread out, so that a server that comes back is not met by everybody at once.
    retryTimer = setTimeout(connect, delay * (0.5 + Math.random() / 2));
    delay = Math.min(delay * 2, LONGEST_DELAY);
  });
}

function connectNow() {
  if (socket || document.visibilityState === "hidden") return;
  delay = FIRST_DELAY;
  connect();
}

/* ---- Answers ---------------------------------------------------------------------------------------------------- */

function complain(text) {
  const errors = document.getElementById("form-errors");
  if (!errors) return announce(text);
  const list = document.createElement("ul");
  const item = document.createElement("li");
  item.textContent = text;
  list.append(item);
  errors.replaceChildren(list);
  errors.classList.remove("is-empty");
}

function wireHtmx() {
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb === "post") submitting += 1;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig.verb !== "post") return;
    submitting -= 1;
    // Below a form that fills a small window, nobody would see the new card.
    if (event.detail.successful && event.detail.target.id === "tray-list") {
      document.querySelector("#tray-list > .job")?.scrollIntoView({ block: "nearest" });
    }
  });
  // Whatever was rendered anew goes on from the newest message, and a card that came twice stays once.
  document.body.addEventListener("htmx:afterSettle", () => {
    const seen = new Set();
    for (const card of document.querySelectorAll("#tray-list > .job")) {
      if (seen.has(card.id)) card.remove();
      seen.add(card.id);
      const message = newest.get(card.dataset.job);
      if (message) show(card, message);
      // Once for each end: were the row to say otherwise, it would be asked for ever.
      if (isActive(card.dataset.status) && ended.delete(card.dataset.job)) refresh(card);
    }
  });
  document.body.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig.verb === "post") complain("Atelier cannot be reached. Try again in a moment.");
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.requestConfig.verb !== "post") return;
    const sentences = {
      403: "This page has expired. Reload it and try again.",
      404: "This job does not exist any more. Reload the page.",
      413: "The picture is too large. Choose a smaller one.",
    };
    complain(sentences[event.detail.xhr.status] ?? "Something went wrong. Try again in a moment.");
  });
}

/* ---- Copying -------------------------------------------------------------------------------------------------- */

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const selection = getSelection();
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // Without https, browsers offer no clipboard but the selection's.
    const folded = source.closest("details");
    if (folded) folded.open = true;
    selection.selectAllChildren(source);
    if (!document.execCommand("copy")) {
      announce("Copying is not allowed here. The text is selected: copy it by hand.");
      return;
    }
    selection.removeAllRanges();
  }
  button.classList.add("is-copied");
  announce("Copied.");
  setTimeout(() => button.classList.remove("is-copied"), 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

wireHtmx();
if (tray) {
  connect();
  window.addEventListener("online", connectNow);
  document.addEventListener("visibilitychange", connectNow);
}
