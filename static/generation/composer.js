/* The composer: everything works without this script; it saves typing and keeps what was typed. */

const DRAFT = "atelier:draft:";
// What is no text of the person's: tokens, files, and what one page is for.
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "key", "make", "image", "fill"]);
// What changes the result and is folded away: a draft that has it shows it.
const NEVER_UNSEEN = ["turns", "mask"];

let form = null;

function control(name) {
  return form?.elements.namedItem(name) ?? null;
}

function unfold() {
  const more = form.querySelector(".more");
  if (more) more.open = true;
}

/* ---- Drafts: a reload, another tab of the composer and the way back lose nothing ------------------------------- */

function draftKey() {
  return `${DRAFT}${form.dataset.owner}:${form.dataset.kind}`;
}

function kept() {
  return [...form.elements].filter((element) => element.name && !NOT_KEPT.has(element.name) && element.type !== "file");
}

function saveDraft() {
  const values = {};
  for (const element of kept()) values[element.name] = element.type === "checkbox" ? element.checked : element.value;
  try {
    sessionStorage.setItem(draftKey(), JSON.stringify(values));
  } catch {
    // Storage is full or forbidden: the form works as before.
  }
}

function restoreDraft() {
  let values = {};
  try {
    values = JSON.parse(sessionStorage.getItem(draftKey())) ?? {};
  } catch {
    return;
  }
  for (const element of kept()) {
    const value = values[element.name];
    if (typeof value === "boolean" && element.type === "checkbox") element.checked = value;
    else if (typeof value === "string" && element.tagName !== "SELECT") element.value = value;
    // A model that is gone since is not chosen.
    else if ([...(element.options ?? [])].some((option) => option.value === value)) element.value = value;
  }
}

/* ---- Presets ---------------------------------------------------------------------------------------------------- */

function markPresets() {
  for (const preset of form.querySelectorAll("[data-values]")) {
    const values = Object.entries(JSON.parse(preset.dataset.values));
    const inForce = values.every(([name, value]) => control(name)?.value && Number(control(name).value) === value);
    preset.setAttribute("aria-pressed", String(inForce));
  }
}

function apply(preset) {
  for (const [name, value] of Object.entries(JSON.parse(preset.dataset.values))) control(name).value = value;
  markPresets();
  saveDraft();
}

/* ---- Examples, surprises, and the way back to what was written -------------------------------------------------- */

const MOST_WRITTEN = 20;

function pairs(name) {
  return JSON.parse(control(name).value || "[]");
}

function keepPairs(name, list) {
  control(name).value = list.length ? JSON.stringify(list) : "";
}

/** The text of the main field and the seed beside it. */
function mainPair() {
  return [control(form.dataset.main).value, control("seed")?.value ?? ""];
}

function showWayBack() {
  document.getElementById("back").hidden = !control("written").value;
}

function setMain([text, seed]) {
  control(form.dataset.main).value = text;
  if (control("seed")) control("seed").value = seed;
  showWayBack();
  saveDraft();
}

function put(text, seed = mainPair()[1]) {
  const now = mainPair();
  const byButton = pairs("put").some((pair) => String(pair) === String(now));
  if (now.some((part) => part.trim()) && !byButton) {
    keepPairs("written", [...pairs("written"), now].slice(-MOST_WRITTEN));
  }
  keepPairs("put", [[text, seed]]);
  setMain([text, seed]);
}

function goBack() {
  const written = pairs("written");
  const last = written.pop();
  keepPairs("written", written);
  keepPairs("put", []);
  if (last) setMain(last);
  control(form.dataset.main).focus();
}

// Whether buttons that fill in the form send it instead.
let plain = false;

async function surprise(button) {
  const unlike = mainPair()[0].slice(0, 300);
  const asked = new URLSearchParams({ make: form.dataset.kind, model: control("model").value, unlike });
  try {
    const answer = await fetch(`${button.dataset.surprise}?${asked}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const { text, seed } = await answer.json();
    if (button.form === form) put(text, control("seed") ? String(seed) : "");
  } catch {
    // Whatever it is, the form's own way says it.
    plain = true;
    button.click();
    plain = false;
  }
}

/* ---- Pictures --------------------------------------------------------------------------------------------------- */

function pictureOf(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

function give(file) {
  const files = new DataTransfer();
  files.items.add(file);
  control("image").files = files.files;
  showPicture();
}

function showPicture() {
  const preview = document.getElementById("start-preview");
  if (preview.src.startsWith("blob:")) URL.revokeObjectURL(preview.src);
  const [file] = control("image").files;
  preview.hidden = !file;
  preview.removeAttribute("width");
  preview.removeAttribute("height");
  if (!file) return preview.removeAttribute("src");
  preview.src = URL.createObjectURL(file);
  // A file takes the place of a picture that was named before.
  control("start").value = "";
  saveDraft();
}

function showStart() {
  const preview = document.getElementById("start-preview");
  const cid = control("start").value.trim();
  if (control("image").files.length) return;
  const named = /^[A-Za-z0-9]{46,120}$/.test(cid);
  preview.hidden = !named;
  preview.removeAttribute("width");
  preview.removeAttribute("height");
  if (named) preview.src = `/ipfs/${cid}`;
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

function markErrors() {
  for (const error of form.querySelectorAll(".field-error")) {
    const field = document.getElementById(error.id.replace(/_error$/, ""));
    if (!field) continue;
    const described = new Set((field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    if (error.textContent) {
      field.setAttribute("aria-invalid", "true");
      described.add(error.id);
    } else {
      field.removeAttribute("aria-invalid");
      described.delete(error.id);
    }
    if (described.size) field.setAttribute("aria-describedby", [...described].join(" "));
    if (error.textContent && field.closest(".more")) unfold();
  }
}

/* ---- Wiring ----------------------------------------------------------------------------------------------------- */

function wire() {
  const found = document.getElementById("studio-form");
  if (!found || found === form) return;
  const before = form?.dataset.kind;
  form = found;
  if (form.dataset.fresh === "yes") {
    restoreDraft();
    // Nobody publishes by a box that is out of sight.
    if (control("public")?.checked || NEVER_UNSEEN.some((name) => control(name)?.value)) unfold();
  } else {
    saveDraft();
    // A reload shows what is written by then, not what the address filled in.
    history.replaceState(null, "", `/?make=${form.dataset.kind}${location.hash}`);
  }
  // A reload opens the tab that is seen.
  if (before && before !== form.dataset.kind) history.replaceState(null, "", `/?make=${form.dataset.kind}`);
  if (control("image")) {
    control("image").addEventListener("change", showPicture);
    control("start").addEventListener("change", showStart);
    if (control("start").value && document.getElementById("start-preview").hidden) showStart();
  }
  // A browser cannot point at a field that is folded away.
  form.addEventListener("invalid", unfold, true);
  markPresets();
  showWayBack();
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.form?.id === "studio-form" && field.form !== form) {
    // Somebody types faster than a new tab is wired: what was typed counts, not the draft.
    const { value, checked } = field;
    wire();
    if (field.type !== "file") field.value = value;
    field.checked = checked;
  }
  if (!form || field.form !== form) return;
  markPresets();
  saveDraft();
});

document.addEventListener("keydown", (event) => {
  // By its button: htmx would send the button that has the focus.
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.contains(event.target)) {
    event.preventDefault();
    document.getElementById("make").click();
  }
});

document.addEventListener("click", (event) => {
  if (!form) return;
  const button = event.target.closest("[name=fill]");
  if (button?.form === form && !plain) {
    event.preventDefault();
    if (button.dataset.values) apply(button);
    else if (button.dataset.example) put(button.dataset.example);
    else if (button.dataset.surprise) surprise(button);
    else goBack();
  }
  if (event.target.closest("#form-errors a")) unfold();
});

for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const place = event.target.closest?.("#composer")?.querySelector("[data-drop]");
    if (!place || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    place.classList.toggle("is-over", name === "dragover");
    const file = name === "drop" && pictureOf(event.dataTransfer);
    if (file) give(file);
  });
}

document.addEventListener("paste", (event) => {
  const file = control("image") && pictureOf(event.clipboardData);
  if (!file) return;
  event.preventDefault();
  give(file);
});

document.body.addEventListener("htmx:afterSettle", () => {
  wire();
  if (form) markErrors();
});

wire();
