/* The page of an analysis: how strong the segments are, and singling one out from the list. */

const segments = document.getElementById("segments");
const opacity = document.getElementById("opacity");

function single(name) {
  for (const segment of segments.querySelectorAll(".segment")) {
    segment.classList.toggle("is-single", segment.id === name);
  }
}

if (segments && opacity) {
  const show = () => segments.style.setProperty("--segment-opacity", opacity.value);
  opacity.addEventListener("input", show);
  // It may have been moved already: before this ran, or before a reload.
  show();
  for (const link of document.querySelectorAll("[data-segment]")) {
    for (const name of ["pointerenter", "focus"]) link.addEventListener(name, () => single(link.dataset.segment));
    for (const name of ["pointerleave", "blur"]) link.addEventListener(name, () => single(null));
  }
}
