(() => {
  "use strict";
  const form = document.getElementById("filters");
  const every = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const cards = every(".card");

  // Printing shows everything; the reader's own state comes back afterwards.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = every("details:not([open])");
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
    closed = [];
  });

  // A link to a rule unfolds it.
  const unfold = () => {
    if (!/^#rule-[A-Z0-9]+$/.test(location.hash)) return;
    const details = document.getElementById(location.hash.slice(1));
    if (details) details.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  if (!form) return;
  form.hidden = false;
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const search = document.getElementById("q");
  const expand = document.getElementById("expand");
  const order = document.getElementById("order");
  const worst = document.getElementById("worst");
  const files = every(".file").filter((file) => file !== worst);
  const platform = document.querySelector(".platform");
  const boxes = every("input[name=severity]", form);
  const selects = every("select[name]", form);
  const total = cards.reduce((sum, card) => sum + Number(card.dataset.findings), 0);
  let rows = null;

  // Read once, when somebody filters for the first time.
  const index = () => rows ??= cards.map((card) => ({
    card,
    file: card.parentElement,
    count: Number(card.dataset.findings),
    text: (card.parentElement.querySelector(".path").textContent + " " + card.textContent).toLowerCase(),
    severity: card.dataset.severity.split(" "),
    namespace: [card.dataset.namespace],
    kind: [card.dataset.kind],
    rule: card.dataset.rule.split(" "),
    framework: card.dataset.framework.split(" "),
  }));

  // Worst first is one list; the platform stays behind the others.
  const ranks = ["critical", "high", "medium", "low", "info"];
  const rank = (card) => ranks.findIndex((severity) => card.classList.contains(severity));
  const inPlatform = (file) => platform && (platform.compareDocumentPosition(file) & 4) !== 0;
  const sort = () => {
    const flat = order.value === "worst";
    if (flat === !worst.hidden) return;
    worst.hidden = !flat;
    if (flat) {
      const sorted = index().map((row) => [Number(inPlatform(row.file)), rank(row.card), row.card]);
      sorted.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      worst.append(...sorted.map(([, , card]) => card));
    } else {
      for (const row of index()) row.file.append(row.card);
    }
  };

  const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

  const apply = () => {
    sort();
    const flat = !worst.hidden;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = boxes.filter((box) => box.checked).map((box) => box.value);
    const chosen = selects.filter((select) => select.value).map((select) => [select.name, select.value]);
    const active = words.length > 0 || severities.length < boxes.length || chosen.length > 0;
    form.classList.toggle("active", active);
    let count = total;
    if (active || rows) {
      count = 0;
      const filled = new Set();
      for (const row of index()) {
        const fits = row.severity.some((severity) => severities.includes(severity))
          && chosen.every(([name, value]) => row[name].includes(value))
          && words.every((word) => row.text.includes(word));
        if (row.card.hidden === fits) row.card.hidden = !fits;
        if (fits) {
          count += row.count;
          filled.add(row.file);
        }
      }
      for (const file of files) file.hidden = flat || !filled.has(file);
      if (platform) platform.hidden = !files.some((file) => !file.hidden && inPlatform(file));
      none.hidden = count > 0;
    }
    shown.value = active ? `${number(count)} of ${number(total)} findings` : `${number(total)} findings`;
    remember(severities, chosen);
  };

  // The address carries the filters, so that a view can be handed on.
  const remember = (severities, chosen) => {
    const state = new URLSearchParams();
    if (search.value) state.set("q", search.value);
    if (severities.length < boxes.length) state.set("severity", severities.join(","));
    for (const [name, value] of chosen) state.set(name, value);
    if (order.value !== "file") state.set("order", order.value);
    const hash = String(state) ? `#${state}` : "";
    if (hash || location.hash.includes("=")) history.replaceState(null, "", hash || location.pathname + location.search);
  };

  const recall = () => {
    if (!location.hash.includes("=")) return;
    const state = new URLSearchParams(location.hash.slice(1));
    search.value = state.get("q") ?? "";
    const severities = state.get("severity");
    for (const box of boxes) box.checked = severities === null || severities.split(",").includes(box.value);
    order.value = state.get("order") ?? "file";
    for (const select of selects) select.value = state.get(select.name) ?? "";
  };

  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, cards.length > 500 ? 120 : 0);
  });
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply, 0));
  expand.addEventListener("click", () => {
    const open = expand.textContent === "Expand all";
    for (const card of cards) card.open = open;
    expand.textContent = open ? "Collapse all" : "Expand all";
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      apply();
    }
  });
  recall();
  apply();
})();
