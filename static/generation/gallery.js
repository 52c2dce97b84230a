/* The gallery and the page of one piece: questions in a dialog, choosing several, and the waveform of a sound.
 * Everything works without it: questions are pages then, boxes are ticked one by one, and the player seeks by itself. */

/* ---- Questions ------------------------------------------------------------------------------------------------- */

const dialog = document.getElementById("dialog");

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "dialog-content" && !dialog.open) dialog.showModal();
});

dialog?.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-close]");
  if (cancel) event.preventDefault();
  // A click beside the question lands on the dialog itself.
  if (cancel || event.target === dialog) dialog.close();
});

/* ---- Choosing several ------------------------------------------------------------------------------------------ */

const selection = document.querySelector("[data-selection]");
const tiles = document.querySelector("[data-tiles]");
const count = document.querySelector("[data-count]");
let last = null;

function boxes() {
  return [...tiles.querySelectorAll(".tile-pick")];
}

function countChosen() {
  count.textContent = `${boxes().filter((box) => box.checked).length} chosen`;
}

function tell() {
  countChosen();
  document.getElementById("announcer").textContent = count.textContent;
}

function chooseUpTo(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (from >= 0) for (const between of all.slice(from, to + 1)) between.checked = box.checked;
}

function press(action) {
  selection.querySelector(`[value="${action}"]`).click();
}

if (selection && tiles) {
  tiles.addEventListener("click", (event) => {
    const box = event.target.closest(".tile-pick");
    if (!box) return;
    if (event.shiftKey) chooseUpTo(box);
    last = box;
    tell();
  });
  selection.addEventListener("reset", () => setTimeout(tell));
  selection.querySelector("[data-choose-all]").addEventListener("click", () => {
    for (const box of boxes()) box.checked = true;
    tell();
  });
  document.addEventListener("keydown", (event) => {
    if (dialog.open || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (!boxes().some((box) => box.checked)) return;
    if (event.key === "Escape") selection.reset();
    if (event.key === "Delete") press("delete");
  });
  // A browser that goes back shows the boxes as they were left.
  window.addEventListener("pageshow", countChosen);
}

/* ---- Sounds ---------------------------------------------------------------------------------------------------- */

const player = document.querySelector("[data-player]");
const waveform = player?.querySelector("[data-waveform]");

if (waveform) {
  const sound = player.querySelector("audio");
  const played = waveform.querySelector("[data-played]");
  const width = waveform.viewBox.baseVal.width;
  let frame = 0;
  const draw = () => {
    played.setAttribute("width", sound.duration ? (sound.currentTime / sound.duration) * width : 0);
    frame = sound.paused ? 0 : requestAnimationFrame(draw);
  };
  for (const name of ["play", "seeked", "timeupdate"]) {
    sound.addEventListener(name, () => {
      if (!frame) draw();
    });
  }
  waveform.addEventListener("click", (event) => {
    const box = waveform.getBoundingClientRect();
    if (sound.duration) sound.currentTime = ((event.clientX - box.left) / box.width) * sound.duration;
  });
}
