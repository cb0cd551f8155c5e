"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var root = document.documentElement;
  root.classList.add("js");
  var $ = function (id) { return document.getElementById(id); };
  var stage = $("stage"), panel = $("panel"), tbody = $("rows"), count = $("count");
  var search = $("search"), port = $("port"), open = $("open"), unfold = $("unfold"), more = $("more");
  var nodes = data.nodes, groups = data.groups, keys = data.keys, blocks = data.blocks, lists = data.lists;
  var selected = -1, shown = 200, zoom = 1, view = "all", touched = false;
  var marks = data.marks;

  // A side of a block: one node, or a list of nodes.
  function members(side) { return side >= 0 ? [side] : lists[-side - 1].nodes; }
  var sets = lists.map(function (list) { return new Set(list.nodes); });
  function has(side, node) { return side >= 0 ? side === node : sets[-side - 1].has(node); }
  function outside(node) { return groups[nodes[node].g].o; }
  function joins(block, from, to) {
    if (block.f & 2) { return from === to; }
    return from !== to && !((block.f & 1) && outside(from) && outside(to));
  }
  function full(node) { var n = nodes[node]; return outside(node) ? n.l : groups[n.g].n + "/" + n.l; }
  function sideName(side) {
    if (side >= 0) { return full(side); }
    return lists[-side - 1].n;
  }
  var details = new Map();
  data.details.forEach(function (d) { details.set(d[0] + "," + d[1] + "," + d[2], d[3]); });

  // Ports: a key passes when it names the port, a range with it, or no port at all.
  function keyPasses(key) {
    var wanted = port.value.trim();
    if (wanted === "") { return true; }
    var label = keys[key].l;
    if (!/^\d+$/.test(wanted)) { return label.toLowerCase().indexOf(wanted.toLowerCase()) >= 0; }
    var number = Number(wanted), any = false, hit = false;
    (label.match(/\d+(\s*-\s*\d+)?/g) || []).forEach(function (range) {
      var ends = range.split("-").map(Number);
      any = true;
      if (number >= ends[0] && number <= (ends.length > 1 ? ends[1] : ends[0])) { hit = true; }
    });
    return hit || !any;
  }
  function nodePasses(node) {
    var n = nodes[node], wanted = search.value.trim().toLowerCase();
    if (open.checked && !n.u) { return false; }
    return wanted === "" || (full(node) + " " + n.k + " " + n.i).toLowerCase().indexOf(wanted) >= 0;
  }
  function filtering() { return search.value.trim() !== "" || port.value.trim() !== "" || open.checked; }
  function pairWanted(from, to, key) {
    if (!keyPasses(key)) { return false; }
    if (selected >= 0 && from !== selected && to !== selected) { return false; }
    return nodePasses(from) || nodePasses(to);
  }

  // What one node may do, from the folded blocks.
  function connections(node) {
    var out = [], into = [];
    blocks.forEach(function (block) {
      if (!keyPasses(block.k)) { return; }
      if (has(block.a, node)) {
        members(block.b).forEach(function (to) { if (joins(block, node, to)) { out.push([to, block.k]); } });
      }
      if (has(block.b, node)) {
        members(block.a).forEach(function (from) { if (joins(block, from, node)) { into.push([from, block.k]); } });
      }
    });
    return { out: unique(out), into: unique(into) };
  }
  function unique(pairs) {
    var seen = new Set();
    return pairs.filter(function (pair) {
      var name = pair[0] + "," + pair[1];
      return !seen.has(name) && seen.add(name);
    }).sort(function (a, b) { return a[0] - b[0] || a[1] - b[1]; });
  }

  function make(tag, text, className) {
    var element = document.createElement(tag);
    if (text !== undefined) { element.textContent = text; }
    if (className) { element.className = className; }
    return element;
  }
  function keyText(key) {
    var k = keys[key];
    return k.l + (k.m ? " (" + marks[k.m] + ")" : "");
  }
  function nodeButton(node, text) {
    var button = make("button", text === undefined ? nodes[node].l : text, "link");
    button.type = "button";
    button.addEventListener("click", function () { select(node); });
    return button;
  }

  // The side panel.
  function list(title, pairs, flip) {
    var section = make("section");
    section.append(make("h3", title + " (" + new Set(pairs.map(function (p) { return p[0]; })).size + ")"));
    if (!pairs.length) { section.append(make("p", "Nothing.", "faint")); return section; }
    var byGroup = new Map();
    pairs.forEach(function (pair) {
      var group = nodes[pair[0]].g;
      if (!byGroup.has(group)) { byGroup.set(group, []); }
      byGroup.get(group).push(pair);
    });
    byGroup.forEach(function (members, group) {
      var box = make("details");
      box.open = pairs.length <= 60;
      box.append(make("summary", groups[group].n + " (" + members.length + ")"));
      var ul = make("ul");
      members.forEach(function (pair) {
        var li = make("li");
        li.append(nodeButton(pair[0]), document.createTextNode(" "), make("span", keyText(pair[1]), "ports"));
        var name = flip ? pair[0] + "," + selected : selected + "," + pair[0];
        (details.get(name + "," + pair[1]) || []).forEach(function (line) { li.append(make("div", line, "faint")); });
        ul.append(li);
      });
      box.append(ul);
      section.append(box);
    });
    return section;
  }
  function fillPanel() {
    panel.replaceChildren();
    if (selected < 0) {
      panel.append(make("p", "Choose a workload to see only its connections.", "faint"));
      return;
    }
    var n = nodes[selected], close = make("button", "Show all", "close");
    close.type = "button";
    close.addEventListener("click", function () { select(-1); });
    panel.append(close, make("h2", n.l), make("p", [outside(selected) ? "" : groups[n.g].n, n.k].filter(Boolean).join(", "), "faint"));
    if (n.u) {
      panel.append(make("p", "No policy restricts " + ["", "what connects to it.", "where it connects to.", "it."][n.u], "open"));
    }
    n.d.forEach(function (line) { panel.append(make("p", line)); });
    var found = connections(selected);
    panel.append(list("Connects to", found.out, false), list("Accepts from", found.into, true));
  }

  // The drawings.
  function cardMembers(card) {
    return card.dataset.n.split(" ").map(Number);
  }
  function endMembers(svg, end) {
    if (end[0] === "g") { return groups[Number(end.slice(1))].m; }
    var card = svg.querySelector('.card[data-i="' + end.slice(1) + '"]');
    return card ? cardMembers(card) : [];
  }
  function paint() {
    var dim = selected >= 0 || filtering();
    document.querySelectorAll("#stage svg").forEach(function (svg) {
      svg.classList.toggle("sel", dim);
      if (!dim) { return; }
      var on = new Set(), bundles = new Set(), near = new Set();
      if (selected >= 0) {
        var found = connections(selected);
        found.out.concat(found.into).forEach(function (pair) { near.add(pair[0]); });
        near.add(selected);
      }
      svg.querySelectorAll(".wire").forEach(function (wire) {
        var from = endMembers(svg, wire.dataset.f), to = endMembers(svg, wire.dataset.t);
        var passes = wire.dataset.k.split(" ").some(function (key) { return keyPasses(Number(key)); });
        passes = passes && (from.some(nodePasses) || to.some(nodePasses));
        if (selected >= 0) { passes = passes && (from.indexOf(selected) >= 0 || to.indexOf(selected) >= 0); }
        wire.classList.toggle("on", passes);
        if (passes) {
          on.add(wire.dataset.f); on.add(wire.dataset.t); bundles.add(wire.dataset.b);
        }
      });
      svg.querySelectorAll(".card").forEach(function (card) {
        var own = cardMembers(card);
        var passes = selected >= 0
          ? own.some(function (node) { return near.has(node); })
          : own.some(nodePasses) && (port.value.trim() === "" || on.has("i" + card.dataset.i) || on.has("g" + nodes[own[0]].g))
            || on.has("i" + card.dataset.i);
        card.classList.toggle("on", passes);
        card.classList.toggle("chosen", selected >= 0 && own.indexOf(selected) >= 0);
      });
      svg.querySelectorAll(".row[data-b]").forEach(function (row) { row.classList.toggle("on", bundles.has(row.dataset.b)); });
    });
  }

  // The table: folded as it is drawn, or pair by pair.
  function fillTable() {
    if (!touched) { return; }
    var rows = [], total = 0;
    blocks.forEach(function (block) {
      if (!keyPasses(block.k)) { return; }
      if (!unfold.checked && selected < 0) {
        if (members(block.a).some(nodePasses) || members(block.b).some(nodePasses)) {
          total += 1;
          if (rows.length < shown) { rows.push([sideName(block.a), sideName(block.b), block.k, block]); }
        }
        return;
      }
      members(block.a).forEach(function (from) {
        if (selected >= 0 && from !== selected && !has(block.b, selected)) { return; }
        members(block.b).forEach(function (to) {
          if (!joins(block, from, to) || !pairWanted(from, to, block.k)) { return; }
          total += 1;
          if (rows.length < shown) { rows.push([full(from), full(to), block.k, null, from, to]); }
        });
      });
    });
    tbody.replaceChildren();
    rows.forEach(function (row) {
      var tr = make("tr"), from = make("td"), to = make("td");
      if (row[3]) { from.append(cell(row[3].a)); to.append(cell(row[3].b)); }
      else { from.append(nodeButton(row[4], row[0])); to.append(nodeButton(row[5], row[1])); }
      tr.append(from, to, make("td", keys[row[2]].l), make("td", marks[keys[row[2]].m]));
      tbody.append(tr);
    });
    count.textContent = rows.length < total ? rows.length + " of " + total + " rows" : total + " rows";
    more.hidden = rows.length >= total;
  }
  function cell(side) {
    if (side >= 0) { return nodeButton(side, full(side)); }
    var box = make("details");
    box.append(make("summary", sideName(side)));
    members(side).slice(0, 500).forEach(function (node) { box.append(nodeButton(node, full(node)), document.createTextNode(" ")); });
    return box;
  }

  function refresh() { touched = true; paint(); fillTable(); }
  function select(node) {
    selected = node === selected ? -1 : node;
    shown = 200;
    fillPanel();
    refresh();
    if (selected >= 0 && window.innerWidth < 860) { panel.scrollIntoView({ block: "start" }); }
  }
  // A card for several: choose one of them.
  function offer(own, title) {
    panel.replaceChildren(make("h2", title), make("p", "Choose one.", "faint"));
    var ul = make("ul");
    own.slice(0, 1000).forEach(function (node) { var li = make("li"); li.append(nodeButton(node, full(node))); ul.append(li); });
    panel.append(ul);
  }

  function show(name) {
    view = name;
    document.querySelectorAll("#stage .view").forEach(function (element) { element.hidden = element.dataset.view !== name; });
    $("view").value = name;
    stage.scrollTo(0, 0);
    setZoom(zoom);
  }
  function setZoom(value) {
    zoom = Math.min(4, Math.max(0.1, value));
    document.querySelectorAll("#stage .view:not([hidden]) svg").forEach(function (svg) {
      var box = svg.viewBox.baseVal;
      svg.style.width = box.width * zoom + "px";
      svg.style.height = box.height * zoom + "px";
    });
  }
  function fit() {
    var svg = Array.prototype.find.call(document.querySelectorAll("#stage .view:not([hidden]) svg"), function (svg) { return svg.getClientRects().length > 0; });
    if (svg) { setZoom(Math.min(1.25, (stage.clientWidth - 2) / svg.viewBox.baseVal.width)); }
  }
  function zoomAt(factor, x, y) {
    var before = zoom, box = stage.getBoundingClientRect();
    x = x === undefined ? stage.clientWidth / 2 : x - box.left;
    y = y === undefined ? stage.clientHeight / 2 : y - box.top;
    var left = stage.scrollLeft + x, top = stage.scrollTop + y;
    setZoom(zoom * factor);
    stage.scrollLeft = left * zoom / before - x;
    stage.scrollTop = top * zoom / before - y;
  }

  var moved = false;
  document.querySelectorAll("#stage .card").forEach(function (card) {
    card.setAttribute("tabindex", "0");
    card.setAttribute("role", "button");
    var title = card.querySelector("title");
    if (title) { card.setAttribute("aria-label", title.textContent); }
    function choose() {
      var own = cardMembers(card);
      if (card.dataset.w && $("view").querySelector('option[value="g' + card.dataset.w + '"]')) { show("g" + card.dataset.w); fit(); }
      else if (own.length === 1) { select(own[0]); }
      else { offer(own, own.length + " with the same connections"); }
    }
    card.addEventListener("click", function () { if (!moved) { choose(); } });
    card.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
    });
  });
  document.querySelectorAll("#stage .box .ft").forEach(function (title) {
    var group = title.parentNode.dataset.g;
    if (!$("view").querySelector('option[value="g' + group + '"]')) { return; }
    title.setAttribute("tabindex", "0");
    title.setAttribute("role", "button");
    function toggle() { show(view === "g" + group ? "names" : "g" + group); fit(); }
    title.addEventListener("click", toggle);
    title.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(); }
    });
  });
  [search, port, open, unfold].forEach(function (input) {
    input.addEventListener("input", function () { shown = 200; if (selected >= 0) { fillPanel(); } refresh(); });
  });
  more.addEventListener("click", function () { shown += 1000; fillTable(); });
  $("view").addEventListener("change", function () { show($("view").value); fit(); });
  $("in").addEventListener("click", function () { zoomAt(1.25); });
  $("out").addEventListener("click", function () { zoomAt(0.8); });
  $("fit").addEventListener("click", fit);
  stage.addEventListener("wheel", function (event) {
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); zoomAt(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX, event.clientY); }
  }, { passive: false });
  stage.addEventListener("keydown", function (event) {
    if (event.key === "+" || event.key === "=") { zoomAt(1.25); }
    else if (event.key === "-") { zoomAt(0.8); }
    else if (event.key === "0") { fit(); }
    else if (event.key === "Escape") { select(-1); }
  });
  stage.addEventListener("pointerdown", function (event) {
    if (event.button !== 0 || event.pointerType !== "mouse") { return; }
    var x = event.clientX, y = event.clientY, left = stage.scrollLeft, top = stage.scrollTop;
    moved = false;
    function drag(next) {
      if (Math.abs(next.clientX - x) + Math.abs(next.clientY - y) > 4) { moved = true; }
      stage.scrollLeft = left - (next.clientX - x);
      stage.scrollTop = top - (next.clientY - y);
    }
    function drop() {
      window.removeEventListener("pointermove", drag);
      window.removeEventListener("pointerup", drop);
      window.setTimeout(function () { moved = false; }, 0);
    }
    window.addEventListener("pointermove", drag);
    window.addEventListener("pointerup", drop);
  });
  fillPanel();
  fit();
  if (location.hash.length > 1) {
    var wanted = decodeURIComponent(location.hash.slice(1));
    var index = nodes.findIndex(function (n) { return n.i === wanted; });
    if (index >= 0) { select(index); }
  }
})();
