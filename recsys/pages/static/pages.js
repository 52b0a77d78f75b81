"use strict";
// The theme is the one that Airflow's own page has chosen; without Airflow, the system's.
const theme = () => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
};
theme();
addEventListener("storage", theme);

// Airflow shows pages in a frame that may neither open windows nor leave: the page around it follows such links.
addEventListener("click", (event) => {
  const link = event.target.closest("a[data-around]");
  if (!link || window.parent === window) return;
  event.preventDefault();
  const outer = window.parent.document.createElement("a");
  outer.href = link.href;
  outer.target = link.dataset.around;
  outer.rel = "noopener";
  window.parent.document.body.append(outer);
  outer.click();
  outer.remove();
});

addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-confirm]");
  if (!form || form.dataset.confirmed) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.textContent = form.dataset.confirm;
  button.classList.add("sure");
  form.dataset.confirmed = "yes";
});
