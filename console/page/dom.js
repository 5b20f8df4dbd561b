// Makes elements and puts them on the page without losing where the reader is. Text is always text, never markup.

/**
 * An element: `h('p.hint', { id: 'x' }, 'Text')`. `on…` attributes are listeners; null and false leave one out, and a child, too.
 * @param {string} name The tag, and classes behind it.
 * @param {...unknown} rest Attributes, if there are any, and children.
 */
export function h(name, ...rest) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  const hasAttributes = rest[0]?.constructor === Object;
  const [attributes, children] = hasAttributes ? [rest[0], rest.slice(1)] : [{}, rest];
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * A button. `key`: by it focus finds the button again when the page is drawn anew.
 * @param {string} style `primary`, `quiet` or `chip`.
 * @param {Record<string, unknown>} [more] Further attributes.
 */
export function button(style, text, key, onclick, more = {}) {
  return h('button', { type: 'button', class: style, 'data-key': key, onclick, ...more }, text);
}

/** A table that scrolls in itself where it is too wide. `rows`: its `tr` elements. */
export function table(name, titles, rows) {
  const heads = titles.map((text) => h('th', { scope: 'col' }, text));
  return h(
    'div.scroll',
    { tabindex: 0, role: 'region', 'aria-label': name },
    h('table', h('thead', h('tr', heads)), h('tbody', rows)),
  );
}

/** `list`: names and what they stand for. */
export function pairs(list) {
  return h(
    'dl.pairs',
    list.flatMap(([name, value]) => [h('dt', name), h('dd', String(value))]),
  );
}

/** Replaces what is in `container`; focus, open details and chosen options stay, by their `data-key`. */
export function render(container, ...children) {
  const key = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const kept = new Map();
  for (const element of container.querySelectorAll('details[data-key], select[data-key]')) {
    kept.set(element.dataset.key, element.tagName === 'DETAILS' ? element.open : element.value);
  }
  container.replaceChildren(...children.flat(3).filter(Boolean));
  for (const element of container.querySelectorAll('details[data-key], select[data-key]')) {
    const before = kept.get(element.dataset.key);
    if (before === undefined) continue;
    if (element.tagName === 'DETAILS') element.open = before;
    else if ([...element.options].some((option) => option.value === before)) element.value = before;
  }
  // What is gone leaves the focus to the part of the page in which it was.
  if (key !== undefined) (find(container, key) ?? container.closest('[tabindex]'))?.focus({ preventScroll: true });
}

/** What has that `data-key`. */
export function find(container, key) {
  return [...container.querySelectorAll('[data-key]:not(:disabled)')].find((element) => element.dataset.key === key);
}

/** Writes a text, unless it stands there already: what is written is read out. */
export function say(element, text) {
  if (element.textContent !== (text ?? '')) element.textContent = text ?? '';
}

/** @param {string} id */
export const byId = (id) => document.getElementById(id);

/** The container has these elements and no others, in this order; as little as possible is moved, so that focus and selections stay. */
export function arrange(container, wanted) {
  const stays = new Set(wanted);
  for (const child of [...container.children]) if (!stays.has(child)) child.remove();
  wanted.forEach((element, i) => {
    if (container.children[i] !== element) container.insertBefore(element, container.children[i] ?? null);
  });
}
