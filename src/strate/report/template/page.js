"use strict";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const options = {mode: "vega-lite", renderer: "svg", actions: false, ast: true, config: read("config")};

// Tests and print services wait for this attribute.
Promise.all(Object.entries(read("specs")).map(([id, spec]) => vegaEmbed("#" + id, spec, options))).then(
  () => document.body.setAttribute("data-charts", "drawn"),
  (error) => { document.body.setAttribute("data-charts", "failed"); console.error(error); },
);

// Tabs as the ARIA practices have them: arrows move, and one tab at a time is in the tab order.
for (const list of document.querySelectorAll("[role=tablist]")) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).classList.toggle("hidden", tab !== chosen);
    }
  };
  list.addEventListener("click", (event) => tabs.includes(event.target) && choose(event.target));
  list.addEventListener("keydown", (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (step === undefined) return;
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}
