// The tree: a page of children on one side, the znode on the other.
import { ask, identity, value } from './api.js';
import { addChild, editACL, editData, remove } from './edit.js';
import { sessionLink } from './sessions.js';
import { bytes, copyButton, count, el, fromBase64, safe, span, typeable, views, when } from './text.js';

const join = (path, name) => (path === '/' ? '/' + name : `${path}/${name}`);
const href = (path) => '#tree' + path.split('/').map(encodeURIComponent).join('/');

export function pathLink(path) { return el('a', { href: href(path), class: 'path' }, safe(path)); }

// crumbs are the way from the root to a znode.
function crumbs(path) {
  const names = path === '/' ? [] : path.slice(1).split('/');
  const links = [el('a', { href: '#tree/' }, '/')];
  names.forEach((name, i) => links.push(i ? ' / ' : ' ', el('a', { href: href('/' + names.slice(0, i + 1).join('/')) }, safe(name))));
  return el('nav', { class: 'path', 'aria-label': 'Path' }, links);
}

// children lists names, one page at a time: of a hundred thousand only one is on the screen.
function children(path, prefix) {
  const names = el('ul', { class: 'names' });
  const about = el('p', { class: 'soft', role: 'status' }, 'asking…');
  const back = el('button', { type: 'button', hidden: '', click: () => { pages.pop(); show(); } }, 'Back');
  const more = el('button', { type: 'button', hidden: '', click: () => { pages.push(next); show(); } }, 'More');
  const pages = [{ after: '', from: 0 }]; // where they begin; the last one is shown
  let next;
  async function show() {
    const { after, from } = pages.at(-1);
    back.disabled = more.disabled = true; // one question at a time
    try {
      const page = await ask('children', { path, prefix, after });
      const to = from + page.names.length;
      next = { after: page.names.at(-1) ?? after, from: to };
      names.replaceChildren(...page.names.map((name) => el('li', {}, el('a', { href: href(join(path, name)) }, safe(name)))));
      names.scrollTop = 0;
      [back.hidden, more.hidden] = [pages.length < 2, !page.more];
      const range = pages.length > 1 || page.more ? `${count(to && from + 1)} to ${count(to)}` : count(to);
      about.textContent = page.total === 0 ? 'no children' : prefix ? `${range} shown that begin so, of ${count(page.total)}` : `${range} of ${count(page.total)} children`;
      about.className = 'soft';
    } catch (error) {
      about.textContent = error.message;
      about.className = 'bad';
    }
    back.disabled = more.disabled = false;
  }
  show();
  return el('section', { class: 'card', 'aria-label': 'Children' }, about, names, el('div', { class: 'row' }, back, more));
}

const textFirst = 65536; // characters that are put on the page at once

function hex(data) {
  const lines = [];
  for (let at = 0; at < data.length; at += 16) {
    const row = data.subarray(at, at + 16);
    const digits = Array.from(row, (b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(47);
    lines.push(`${at.toString(16).padStart(8, '0')}  ${digits}  ${Array.from(row, (b) => (b > 31 && b < 127 ? String.fromCharCode(b) : '.')).join('')}`);
  }
  return lines.join('\n');
}

function dataView(path, znode) {
  const box = el('section', { 'aria-label': 'Data' });
  function draw(raw, wish) {
    const data = fromBase64(raw ?? '');
    const whole = znode.stat.dataLength, can = views(data, data.length < whole);
    const binary = can.text == null || /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(can.text.slice(0, 4096));
    const way = wish ?? (can.json != null ? 'json' : binary ? 'hex' : 'text');
    const names = { text: 'Text', json: 'JSON', hex: 'Hex' };
    const buttons = Object.entries(names).map(([name, label]) => el('button', {
      type: 'button', role: 'radio', 'aria-checked': String(name === way), disabled: can[name] == null ? '' : null, click: () => draw(raw, name) }, label));
    const limit = way === 'hex' ? textFirst / 4 : textFirst;
    const content = way === 'hex' ? hex(data.subarray(0, limit)) : can[way].slice(0, limit);
    const failure = el('span', { class: 'bad', role: 'alert' });
    const cut = data.length < whole || (way === 'hex' ? data.length : can[way].length) > limit;
    box.replaceChildren(el('h2', {}, `Data: ${znode.null ? 'null' : bytes(whole)}`), el('div', { class: 'row', role: 'radiogroup', 'aria-label': 'Show data as' }, buttons),
      el('pre', { class: way, tabindex: '0', dir: 'ltr' }, safe(content, true)), el('div', { class: 'row' },
        cut ? el('span', { class: 'soft' }, 'This is the beginning.') : null,
        cut ? el('button', { type: 'button', click: async (event) => {
          event.target.disabled = true;
          failure.textContent = '';
          try { save(path, (await value(path)).data); } catch (error) { failure.textContent = error.message; } finally { event.target.disabled = false; }
        } }, `Save all ${bytes(whole)}`) : null, failure));
  }
  if (znode.stat.dataLength) draw(znode.data);
  else box.append(el('h2', {}, `Data: ${znode.null ? 'null' : 'empty'}`));
  return box;
}

// save gives the browser a file.
function save(path, data) {
  const url = URL.createObjectURL(new Blob([data], { type: 'application/octet-stream' }));
  el('a', { href: url, download: (path.split('/').at(-1) || 'root').replace(/[^\w.-]/g, '_') + '.bin' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function facts(znode) {
  const s = znode.stat;
  const rows = [
    ['Kind', znode.kind === 'ttl' ? `TTL of ${span(znode.ttlMs)}` : znode.kind],
    ['Created', when(s.ctime), ` zxid ${s.czxid}`], ['Data changed', when(s.mtime), ` zxid ${s.mzxid}, version ${s.version}`],
    ['Children changed', `zxid ${s.pzxid}, version ${s.cversion}`], ['ACL version', String(s.aversion)], ['Children', count(s.numChildren)],
  ];
  if (s.owner !== '0x0') rows.push(['Owned by session', sessionLink(s.owner)]);
  return el('dl', { class: 'facts' }, rows.map(([name, ...values]) => [el('dt', {}, name), el('dd', {}, ...values)]));
}

const permissions = { c: 'create', d: 'delete', r: 'read', w: 'write', a: 'admin' };

function acl(znode) {
  const entries = znode.acl;
  return [el('table', {}, el('thead', {}, el('tr', {}, ['Scheme', 'Id', 'May'].map((n) => el('th', { scope: 'col' }, n)))), el('tbody', {},
    entries.map((a) => el('tr', {}, el('td', {}, safe(a.scheme)), el('td', { class: 'mono' }, safe(a.id)), el('td', {}, [...a.perms].map((p) => permissions[p]).join(', ') || 'nothing'))))), cutACL(znode) ? el('p', { class: 'soft' }, `of ${count(znode.aclCount)} entries`) : null];
}

const cutACL = (znode) => znode.acl.length < znode.aclCount; // what is not shown cannot be edited

// word quotes a word as zkCli reads it; null where it cannot be typed. Its line editing makes commands of earlier lines of what
// follows a !, and takes \ for the beginning of something else; - begins options. Such words are nothing to paste.
function word(text) {
  if (!typeable(text) || /^-|[!\\]/.test(text)) return null;
  if (/^[^\s"'][^\s]*$/.test(text)) return text;
  return !text.includes('"') ? `"${text}"` : !text.includes("'") ? `'${text}'` : null;
}

// commands are what zkCli would be told.
function commands(path) {
  const quoted = word(path);
  if (quoted == null) return el('p', { class: 'soft' }, 'This path cannot be pasted into zkCli safely.');
  const lines = ['get -s', 'ls -s', 'getAcl -s', 'stat'].map((c) => `${c} ${quoted}`);
  const who = identity.user && word(identity.user + ':PASSWORD');
  if (who) lines.unshift(`addauth digest ${who}`);
  return el('ul', { class: 'commands' }, lines.map((line) => el('li', {}, el('code', {}, line), copyButton(line))));
}

function watchers(path) {
  const box = el('div', {}, el('button', { type: 'button', click: async () => {
    try {
      const found = await ask('watchers', { path });
      box.replaceChildren(found.total ? el('ul', { class: 'names' }, found.sessions.map((id) => el('li', {}, sessionLink(id)))) : el('p', { class: 'soft' }, 'Nobody watches its data.'));
      if (found.total > found.sessions.length) box.append(el('p', { class: 'soft' }, `of ${count(found.total)}`));
    } catch (error) { box.replaceChildren(el('p', { class: 'bad' }, error.message)); }
  } }, 'Look who watches its data'));
  return box;
}

// edits are the ways to change a znode, where the server lets the console do so.
function edits(path, znode, done) {
  const button = (label, click) => el('button', { type: 'button', click }, label);
  return el('div', { class: 'row', role: 'group', 'aria-label': 'Change it' }, button('Change the data…', () => editData(path, znode, done)), cutACL(znode) ? null : button('Change the ACL…', () => editACL(path, znode, done)),
    button('Add a child…', () => addChild(path, join, done)), path === '/' || /^\/zookeeper(\/|$)/.test(path) ? null : button('Delete…', () => remove(path, znode, done)));
}

export function tree(main, path, prefix) {
  const shown = prefix ? join(path, prefix) : path; // a field cannot name what is odd in a path
  const field = el('input', { name: 'path', 'aria-label': 'Path, or the beginning of one', value: typeable(shown) ? shown : '', placeholder: '/path', spellcheck: 'false', autocomplete: 'off' });
  const search = el('form', { class: 'row', role: 'search', submit: async (event) => {
    event.preventDefault();
    const wish = field.value.trim() || '/';
    location.hash = await there(wish) ? href(wish) : beginning(wish);
  } }, field, el('button', { type: 'submit' }, 'Go or find'));
  const details = el('section', { class: 'card', 'aria-label': 'Znode' }, 'asking…');
  main.replaceChildren(el('h1', {}, 'Tree'), search, crumbs(path), el('div', { class: 'split' }, children(path, prefix), details));
  const done = (next) => (next === path ? tree(main, path, prefix) : (location.hash = href(next)));
  Promise.all([ask('znode', { path }), ask('server')]).then(([z, server]) => details.replaceChildren(
    ...(server.token && z.readable ? [edits(path, z, done)] : []),
    ...(z.readable ? [facts(z), dataView(path, z)] : [el('p', { class: 'bad' }, 'These identities may see the ACL alone.')]),
    el('h2', {}, 'ACL'), ...acl(z).filter(Boolean), ...(z.readable ? [el('h2', {}, 'Watchers'), watchers(path)] : []), el('h2', {}, 'In zkCli'), commands(path),
  ), (error) => details.replaceChildren(el('p', { class: 'bad' }, error.message + (error.status === 403 ? '. An identity may help: the button at the top.' : ''))));
  return null; // what is shown stays until the user asks again
}

// there tells whether a path is that of a znode, as far as this identity may know.
async function there(path) {
  try { await ask('znode', { path }); return true; } catch (error) { return error.status === 403; }
}

// beginning is where the children are listed that begin as a path does.
function beginning(path) {
  const cut = Math.max(path.lastIndexOf('/'), 0);
  return href(path.slice(0, cut) || '/') + '?' + encodeURIComponent(path.slice(cut + 1));
}
