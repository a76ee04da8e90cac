// What is shown, made of text. Nothing here or elsewhere on the page writes HTML.

// el makes an element: attributes, and functions for events; children are nodes or texts.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((c) => c != null));
  return node;
}

// Characters that are not seen or that reorder what is around them: controls, marks of direction, joiners and the like.
const odd = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\ufff9-\ufffc]|[\ud800-\udfff]|[\u{e0000}-\u{e0fff}]/gu;
const oddInText = new RegExp(odd.source.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000b-\\u001f'), 'gu');

// Elements for more odd characters than this would freeze the page; the rest becomes plain text.
const oddMax = 2000;

// safe makes text whose odd characters are named: nothing in it can look like something else. Lines and tabs of data stay.
export function safe(text, lines = false) {
  const box = el('bdi');
  let from = 0, marks = 0;
  for (const found of text.matchAll(lines ? oddInText : odd)) {
    const name = 'U+' + found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
    box.append(text.slice(from, found.index), marks++ < oddMax ? el('span', { class: 'odd' }, name) : '\ufffd');
    from = found.index + found[0].length;
  }
  box.append(text.slice(from));
  return box;
}

// typeable tells whether a text holds nothing but what can be typed and seen.
export const typeable = (text) => text.search(odd) < 0;

const units = [['year', 31557600], ['month', 2629800], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

// span says a length of time in words.
export function span(ms) {
  const seconds = Math.abs(ms) / 1000;
  for (const [name, size] of units) {
    if (seconds >= size) {
      const n = Math.floor(seconds / size);
      return `${n} ${name}${n === 1 ? '' : 's'}`;
    }
  }
  return `${Math.round(Math.abs(ms))} ms`;
}

// when says a moment in words; the exact one is its title, and stands behind it unless there is little room.
export function when(ms, short = false) {
  if (!ms) return el('span', {}, 'at the very beginning');
  const date = new Date(ms), ago = Date.now() - ms;
  if (Number.isNaN(date.getTime())) return el('span', {}, String(ms));
  const words = Math.abs(ago) < 1000 ? 'now' : ago > 0 ? span(ago) + ' ago' : 'in ' + span(ago);
  return el('time', { datetime: date.toISOString(), title: date.toISOString() }, short ? words : `${words} (${date.toLocaleString()})`);
}

export const count = (n) => (n == null ? '–' : n >= 100 || Number.isInteger(n) ? Math.round(n).toLocaleString('en') : n.toPrecision(2));
export const duration = (ms) => (ms == null ? '–' : ms >= 1000 ? (ms / 1000).toPrecision(3) + ' s' : count(ms) + ' ms');
export function bytes(n) {
  if (n == null) return '–';
  for (const [unit, size] of [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]]) {
    if (n >= size) return (n / size).toFixed(1) + ' ' + unit;
  }
  return Math.round(n) + ' bytes';
}

// copyButton copies a text, also where the page has come without TLS.
export function copyButton(text) {
  const button = el('button', { type: 'button', 'aria-label': 'Copy ' + text, click: async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = el('textarea', { 'aria-hidden': 'true' });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  } }, 'Copy');
  return button;
}

export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

export function toBase64(data) {
  let text = '';
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192)); // more arguments than that a call may not have
  return btoa(text);
}

// indent lays JSON out token by token: what is read by JavaScript and written again has lost long numbers and double names.
function indent(text) {
  let out = '', depth = 0, last = '';
  const line = () => '\n' + '  '.repeat(Math.min(depth, 40)); // deeper, the indent alone could fill the memory
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '}' || token === ']') {
      depth--;
      out += (last === '{' || last === '[' ? '' : line()) + token;
    } else {
      out += (last === '{' || last === '[' || last === ',' ? line() : last === ':' ? ' ' : '') + token;
      if (token === '{' || token === '[') depth++;
    }
    last = token;
  }
  return out;
}

// views are the ways to show data; null where one cannot. The beginning of longer data may end within a character.
export function views(data, cut) {
  let text = null, json = null;
  try { text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data, { stream: cut }); } catch { /* no text */ }
  if (text != null && /^\s*[[{"]/.test(text)) {
    try { JSON.parse(text); json = indent(text); } catch { /* no JSON */ }
  }
  return { text, json, hex: true };
}
