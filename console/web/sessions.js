// Sessions and connections, and what one of them holds.
import { ask } from './api.js';
import { pathLink } from './tree.js';
import { count, duration, el, safe, span, when } from './text.js';

const sessionLink = (id) => el('a', { href: '#session/' + id, class: 'path' }, id);

function list(title, total, items, none) {
  const hidden = total - items.length;
  return [el('h2', {}, `${title} (${count(total)})`), items.length ? el('ul', { class: 'names' }, items.map((i) => el('li', {}, i))) : el('p', { class: 'soft' }, none),
    hidden > 0 && items.length ? el('p', { class: 'soft' }, `${count(hidden)} more, which are not shown: there are too many, or this identity may not see them.`) : null,
    hidden > 0 && !items.length ? el('p', { class: 'soft' }, 'This identity may see none of them.') : null];
}

function connection(c) {
  return [el('td', { class: 'mono' }, safe(c.addr)), el('td', {}, when(c.openedMs, true)), el('td', {}, c.lastOp), el('td', {}, `${count(c.received)} / ${count(c.sent)}`),
    el('td', {}, count(c.queued)), el('td', {}, `${duration(c.latencyAvgMs)} / ${duration(c.latencyMaxMs)}`)];
}

const columns = ['Address', 'Open since', 'Last operation', 'Packets in / out', 'In work', 'Latency mean / most'];
const head = (...names) => el('thead', {}, el('tr', {}, names.map((n) => el('th', { scope: 'col' }, n))));

export function sessions(main) {
  const body = el('div');
  main.replaceChildren(el('h1', {}, 'Sessions and connections'), body);
  return async function refresh() {
    const all = await ask('sessions');
    const gone = () => el('td', { colspan: columns.length, class: 'soft' }, 'not connected');
    const held = body.querySelector(':focus')?.getAttribute('href');
    body.replaceChildren(
      el('p', { class: 'soft' }, `${count(all.sessionCount)} sessions, ${count(all.connCount)} connections` +
        (all.sessionCount > all.sessions.length ? `; ${count(all.sessions.length)} are shown` : '')),
      el('div', { class: 'scroll' }, el('table', {}, head('Session', 'Timeout', 'Ephemerals', ...columns), el('tbody', {},
        all.sessions.map((s) => el('tr', {}, el('td', {}, sessionLink(s.id)), el('td', {}, span(s.timeoutMs)), el('td', {}, count(s.ephemerals)),
          ...(s.conn ? connection(s.conn) : [gone()])))))),
      ...(all.strangers.length ? [el('h2', {}, 'Connections without a session'), el('div', { class: 'scroll' }, el('table', {}, head(...columns),
        el('tbody', {}, all.strangers.map((c) => el('tr', {}, connection(c))))))] : []));
    if (held) body.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
  };
}

export function session(main, id) {
  const body = el('div');
  main.replaceChildren(el('h1', {}, 'Session ', safe(id)), body);
  return async function refresh() {
    const s = await ask('session', { id });
    const facts = { Timeout: span(s.timeoutMs), 'Expires in': s.expiresInMs < 0 ? 'it is ending' : span(s.expiresInMs) + ', if nothing is heard of it' };
    body.replaceChildren(
      el('div', { class: 'card' }, el('dl', { class: 'facts' }, Object.entries(facts).map(([n, v]) => [el('dt', {}, n), el('dd', {}, v)])),
        s.conn ? el('div', { class: 'scroll' }, el('table', {}, head(...columns), el('tbody', {}, el('tr', {}, connection(s.conn))))) : el('p', { class: 'soft' }, 'Nobody is connected.')),
      ...list('Ephemerals', s.ephemerals, s.paths.map(pathLink), 'none').filter(Boolean),
      ...list('Data watches', s.watchCount, s.watches.map(pathLink), 'none').filter(Boolean));
  };
}

export { sessionLink };
