/* Before and after in one frame: the slider moves the edge between the two. */

for (const compare of document.querySelectorAll("[data-compare]")) {
  const slider = compare.querySelector("input[type=range]");
  const move = () => compare.style.setProperty("--before", `${slider.value}%`);
  slider.addEventListener("input", move);
  move();
}
