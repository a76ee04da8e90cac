// Changing the tree: forms that say what they will do, ask once more, and write only over what was seen.
import { ask, edit, editSteps, identity, value } from './api.js';
import { bytes, count, el, fromBase64, safe, toBase64, typeable, views } from './text.js';

const dataMax = 262144; // bytes that are edited here; more comes from a file

// form opens a dialog. check makes of what was entered what will be done: words for the user, and a function run that does it, or
// steps that does it in steps and can be stopped; it throws what is wrong with it. Only the second press does it, and any change
// in between takes the first one back. Where nothing is entered the question comes at once, with the answer no under the finger.
function form(title, verb, fields, check, done, nothingEntered) {
  if (!identity.user) return document.getElementById('who').click(); // every change is made in somebody's name
  let ready = null, stop = null, busy = false;
  const note = el('div', { class: 'note', role: 'alert' });
  const go = el('button', { type: 'submit', class: 'go' }, verb);
  const cancel = el('button', { type: 'button', click: () => (stop ? stop() : box.close()) }, 'Cancel');
  function again(...words) {
    ready = null;
    go.textContent = verb;
    note.replaceChildren(...words);
  }
  async function submit(event) {
    event?.preventDefault();
    go.disabled = true;
    try {
      if (!ready) {
        const next = await check();
        again(...[next.words].flat());
        [ready, go.textContent] = [next, 'Yes, ' + verb.toLowerCase()];
        return;
      }
      const abort = new AbortController();
      busy = true;
      if (ready.steps) {
        stop = () => abort.abort();
        cancel.textContent = 'Stop';
      } else {
        cancel.hidden = true; // one change is sent at once: there is nothing left to stop
        note.append(el('p', { class: 'soft' }, 'Sent: waiting for the answer…'));
      }
      const path = await (ready.steps ?? ready.run)((...words) => note.replaceChildren(...words), abort.signal);
      box.close();
      done(path);
    } catch (error) {
      again(el('p', { class: 'bad' }, safe(error.message)), error.more ?? '');
    } finally {
      [go.disabled, stop, busy, cancel.textContent, cancel.hidden] = [false, null, false, 'Cancel', false];
    }
  }
  const box = el('dialog', { class: 'edit', 'aria-label': title, close: () => box.remove(), cancel: (event) => { if (busy) event.preventDefault(); } },
    el('form', { submit, input: () => again() }, el('h2', {}, title), fields, note, el('p', { class: 'row' }, go, cancel)));
  document.body.append(box);
  box.showModal();
  if (nothingEntered) submit().then(() => cancel.focus());
}

// dataField edits bytes as text, JSON or hex, or takes them from a file. A field of text would change lines that end in CR, and
// show characters as something else that are none to see: those are hex alone.
function dataField(data) {
  const can = views(data, false);
  const plain = can.text != null && !/[\r\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(can.text);
  const area = el('textarea', { rows: '6', spellcheck: 'false', 'aria-label': 'Data', dir: 'ltr' });
  const file = el('input', { type: 'file', 'aria-label': 'Data from a file' });
  const ways = el('select', { 'aria-label': 'Data as', change: () => { try { show(ways.value, read(way)); } catch { ways.value = way; } } },
    [['text', 'Text'], ['json', 'JSON, checked'], ['hex', 'Hex']].map(([value, label]) => el('option', { value, disabled: value !== 'hex' && !plain }, label)));
  let way;
  const digits = (b) => Array.from(b, (x) => x.toString(16).padStart(2, '0')).join(' ').replace(/(.{47}) /g, '$1\n');
  function show(next, b) {
    way = ways.value = next;
    area.value = next === 'hex' ? digits(b) : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(b);
  }
  function read(how) {
    if (how === 'hex') {
      const text = area.value.replace(/\s/g, '');
      if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error('Hex data is pairs of the digits 0 to 9 and a to f.');
      return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    }
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(area.value)) throw new Error('The text has half a character.');
    if (how === 'json') {
      try { JSON.parse(area.value); } catch (error) { throw new Error(`This is no JSON: ${error.message}`); }
    }
    return new TextEncoder().encode(area.value);
  }
  show(!plain ? 'hex' : can.json != null ? 'json' : 'text', data);
  return {
    node: el('fieldset', {}, el('legend', {}, 'Data'), el('div', { class: 'row' }, ways, plain ? null : el('span', { class: 'soft' }, 'It is not all text that can be typed: hex alone.')),
      area, el('label', {}, 'Or from a file ', file)),
    value: async () => (file.files.length ? new Uint8Array(await file.files[0].arrayBuffer()) : read(way)),
  };
}

const letters = [['c', 'create'], ['d', 'delete'], ['r', 'read'], ['w', 'write'], ['a', 'admin']];
const open = [{ scheme: 'world', id: 'anyone', perms: 'cdrwa' }], own = [{ scheme: 'auth', id: '', perms: 'cdrwa' }];

// aclField edits an ACL. An entry whose scheme and id stay is kept as the server has it: its digest is not known here. Those that
// cannot be typed, as with a line's end in them, are shown and stay: a field would make something else of them.
function aclField(entries, kept) {
  const rows = el('div', { class: 'acl' });
  function row(entry, at) {
    const scheme = el('input', { 'aria-label': 'Scheme', list: 'schemes', size: '8', required: '' }), id = el('input', { 'aria-label': 'Id', size: '24' });
    [scheme.value, id.value] = [entry.scheme, entry.id];
    const fixed = !typeable(entry.scheme + entry.id);
    const boxes = letters.map(([letter, name]) => {
      const box = el('input', { type: 'checkbox' });
      box.checked = entry.perms.includes(letter);
      return [letter, box, el('label', {}, box, ' ' + name)];
    });
    const line = el('div', { class: 'row', role: 'group', 'aria-label': 'Entry' }, fixed ? el('span', { class: 'path' }, safe(entry.scheme), ':', safe(entry.id)) : [scheme, id], boxes.map((b) => b[2]),
      el('button', { type: 'button', click: () => { line.remove(); rows.dispatchEvent(new Event('input', { bubbles: true })); } }, 'Remove'));
    line.entry = () => {
      const now = fixed ? { scheme: entry.scheme, id: entry.id } : { scheme: scheme.value, id: id.value };
      const same = now.scheme === entry.scheme && now.id === entry.id;
      return { ...now, perms: boxes.filter((b) => b[1].checked).map((b) => b[0]).join(''), ...(at != null && same ? { kept: at } : {}) };
    };
    return line;
  }
  const fill = (list, keep) => rows.replaceChildren(...list.map((entry, i) => row(entry, keep ? i : null)));
  fill(entries, kept);
  const preset = (label, list) => el('button', { type: 'button', click: () => { fill(list); rows.dispatchEvent(new Event('input', { bubbles: true })); } }, label);
  return {
    node: el('fieldset', {}, el('legend', {}, 'ACL'), el('datalist', { id: 'schemes' }, ['world', 'auth', 'digest', 'ip'].map((value) => el('option', { value }))), rows,
      el('div', { class: 'row' }, el('button', { type: 'button', click: () => rows.append(row({ scheme: 'digest', id: '', perms: 'r' })) }, 'Add an entry'),
        preset('Everybody', open), preset('Only who I am', own)),
      el('p', { class: 'soft' }, 'Ids: anyone for world, nothing for auth (whoever you are), user:digest for digest, an address or network for ip.')),
    value: () => Array.from(rows.children, (line) => line.entry()),
  };
}

export function addChild(path, join, done) {
  const name = el('input', { 'aria-label': 'Name', autocomplete: 'off', spellcheck: 'false' }), ttl = el('input', { type: 'number', min: '1', step: 'any', 'aria-label': 'Time to live in seconds', value: '3600' });
  const timed = el('label', { hidden: '' }, 'Deleted when it has been unused for so many seconds ', ttl);
  const mode = el('select', { 'aria-label': 'Kind', change: () => { timed.hidden = !mode.value.startsWith('ttl'); } }, [['persistent', 'Persistent'], ['persistent_sequential', 'Persistent, numbered'],
    ['container', 'Container'], ['ttl', 'With a time to live'], ['ttl_sequential', 'With a time to live, numbered']].map(([value, label]) => el('option', { value }, label)));
  const data = dataField(new Uint8Array()), acl = aclField(open);
  form('Add a child', 'Create', [el('p', {}, 'Below ', safe(path)), el('label', {}, 'Name ', name), el('label', {}, 'Kind ', mode), timed, data.node, acl.node], async () => {
    const numbered = mode.value.endsWith('sequential'), child = join(path, name.value), raw = await data.value();
    if (!name.value && !numbered) throw new Error('It needs a name.');
    if (name.value.includes('/')) throw new Error('A name has no /.');
    return {
      words: el('p', {}, 'Create ', safe(child), numbered ? ' with a number behind it' : '', `, ${bytes(raw.length)}?`),
      run: async () => (await edit('create', { path: child, mode: mode.value, ttlMs: Math.round(ttl.value * 1000), data: toBase64(raw), acl: acl.value() })).path,
    };
  }, done);
}

export async function editData(path, znode, done) {
  let version = znode.stat.version;
  const whole = znode.stat.dataLength <= dataMax;
  let raw = fromBase64(znode.data ?? '');
  if (whole && raw.length < znode.stat.dataLength) {
    ({ data: raw, version } = await value(path));
  }
  const data = dataField(whole ? raw : new Uint8Array());
  const about = whole ? null : el('p', { class: 'soft' }, `It holds ${bytes(znode.stat.dataLength)}, too much to edit here: what you enter takes its place.`);
  form('Change the data', 'Write', [el('p', {}, 'Of ', safe(path)), about, data.node], async () => {
    const next = await data.value();
    return {
      words: el('p', {}, 'Write ', bytes(next.length), ' to ', safe(path), ` over version ${version}?`),
      run: async () => {
        try {
          return (await edit('data', { path, data: toBase64(next), version })).path;
        } catch (error) {
          if (error.status === 409) error.more = await there();
          throw error;
        }
      },
    };
  }, done);

  // there shows what somebody else has written: it has been seen then, and may be written over.
  async function there() {
    try {
      const now = await ask('znode', { path }), can = views(fromBase64(now.data ?? ''), true);
      version = now.stat.version;
      return el('div', {}, el('p', {}, `Now there is version ${version}. What you have entered is still here: writing it again writes over this:`),
        el('pre', {}, safe((can.text ?? 'bytes that are no text').slice(0, 2000), true)));
    } catch (error) { return el('p', {}, safe(error.message)); }
  }
}

export function editACL(path, znode, done) {
  const acl = aclField(znode.acl, true);
  form('Change the ACL', 'Write', [el('p', {}, 'Of ', safe(path)), acl.node], () => ({
    words: el('p', {}, 'Write this ACL to ', safe(path), ` over its version ${znode.stat.aversion}?`),
    run: async () => (await edit('acl', { path, acl: acl.value(), version: znode.stat.aversion })).path,
  }), done);
}

export function remove(path, znode, done) {
  const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 1)), version = znode.stat.version;
  form('Delete', 'Delete', [el('p', { class: 'path' }, safe(path))], async () => {
    if (!znode.stat.numChildren) {
      return { words: el('p', {}, 'Delete it, ', bytes(znode.stat.dataLength), ` of version ${version}?`), run: async () => { await edit('delete', { path, version }); return parent; } };
    }
    const below = await edit('below', { path });
    return {
      words: el('p', { class: 'bad' }, `Delete ${below.more ? 'more than ' : ''}${count(below.znodes)} znodes with ${bytes(below.dataBytes)} of data${below.ephemerals ? `, ${count(below.ephemerals)} of them ephemeral` : ''}? There is no way back.`),
      steps: async (tell, signal) => {
        const bar = el('progress', { max: String(below.znodes), value: '0', 'aria-label': 'Deleted' }), text = el('p');
        tell(bar, text);
        await editSteps('deletebelow', { path }, signal, (step) => {
          bar.value = step.deleted;
          text.textContent = `${count(step.deleted)} of ${count(below.znodes)} are gone.`;
        });
        return parent;
      },
    };
  }, done, true);
}
