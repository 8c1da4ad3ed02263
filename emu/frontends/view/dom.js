// Elements: built once, then kept and changed. Text goes in as text nodes only: a guest decides about much of it.

/** An element; attributes that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Sets the text of an element that has nothing else in it, if it is another. */
export function say(element, text) {
  const node = element.firstChild;
  if (!node) element.append(text);
  else if (node.data !== text) node.data = text;
}

/** Sets an element's classes, if they are others. Falsy ones are left out. */
export function mark(element, ...classes) {
  const wanted = classes.filter(Boolean).join(" ");
  if (element.className !== wanted) element.className = wanted;
}

/** Makes an element the current step, or no longer. */
export function current(element, is) {
  if (is) element.setAttribute("aria-current", "step");
  else element.removeAttribute("aria-current");
}

/** Rows of an element, by key: one that stays is changed, not built anew. `build()` makes {element, update(item)}. */
export class Rows {
  constructor(parent, build) {
    Object.assign(this, { parent, build, rows: new Map() });
  }

  /** Shows these items, in their order; `key(item, place)` tells them apart. */
  show(items, key = (item, place) => place) {
    const keys = items.map(key);
    const kept = new Set(keys);
    for (const [known, { element }] of this.rows) {
      if (kept.has(known)) continue;
      element.remove();
      this.rows.delete(known);
    }
    let place = this.parent.firstChild;
    items.forEach((item, index) => {
      let row = this.rows.get(keys[index]);
      if (!row) this.rows.set(keys[index], (row = this.build()));
      row.update(item);
      if (row.element === place) place = place.nextSibling;
      else this.parent.insertBefore(row.element, place);
    });
  }

  /** The element of a key's row. */
  element(key) {
    return this.rows.get(key)?.element ?? null;
  }
}

/** A panel's body that shows either `content` or, with nothing to show, a sentence. */
export class Body {
  constructor(panel, content) {
    this.sentence = h("p", { class: "empty", hidden: true });
    this.content = content;
    panel.replaceChildren(content, this.sentence);
  }

  /** Whether there is content; if not, why not. */
  has(content, sentence = "") {
    this.content.hidden = !content;
    this.sentence.hidden = content;
    say(this.sentence, sentence);
    return content;
  }
}

const leads = new WeakMap(); // element -> what choosing it does

/** Makes choosing an element do something, or (null) nothing. */
export function lead(element, action, title) {
  if (action) leads.set(element, action);
  else leads.delete(element);
  if (element.hasAttribute("role") === Boolean(action)) return;
  for (const [name, value] of [["role", "button"], ["tabindex", "-1"], ["title", title]]) {
    if (action && value) element.setAttribute(name, value);
    else element.removeAttribute(name);
  }
}

/** A panel's elements that lead somewhere are chosen by click, or by up, down and Enter in the panel. */
export function choices(panel) {
  const found = (event) => event.target.closest("[role=button]");
  panel.addEventListener("click", (event) => {
    if (getSelection().isCollapsed) leads.get(found(event))?.(); // who selects text chooses nothing
  });
  panel.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const all = [...panel.querySelectorAll("[role=button]")];
    const at = all.indexOf(found(event));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (at >= 0 && (event.key === "Enter" || event.key === " ")) leads.get(all[at])();
    else if (at >= 0 && to !== undefined) all[Math.max(0, Math.min(all.length - 1, to))].focus();
    else if (to !== undefined) (all.find((element) => element.closest("[aria-current]")) ?? all[0])?.focus();
    else return;
    event.preventDefault();
  });
}

const unsettled = new Map(); // panel -> the row that is to be in sight

/** The panel, and the panel alone, is to scroll so that a row is in sight. */
export function keepInSight(panel, row) {
  if (row) unsettled.set(panel, row);
}

/** Scrolls what asked for it: all is measured before anything moves, so that the page is laid out once. */
export function settle() {
  const moves = [];
  for (const [panel, row] of unsettled) {
    const height = panel.clientHeight;
    const top = row.getBoundingClientRect().top - panel.getBoundingClientRect().top + panel.scrollTop;
    const margin = Math.min(60, height / 4);
    const seen = top >= panel.scrollTop + margin && top + row.offsetHeight <= panel.scrollTop + height - margin;
    if (!seen && panel.scrollHeight > height) moves.push([panel, top - height / 2 + row.offsetHeight / 2]);
  }
  unsettled.clear();
  for (const [panel, top] of moves) panel.scrollTop = top;
}
