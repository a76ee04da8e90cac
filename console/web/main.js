// The page: which view is shown, how often it asks, and who the user is.
import { ask, identity, use } from './api.js';
import { overview } from './overview.js';
import { session, sessions } from './sessions.js';
import { tree } from './tree.js';
import { el, safe } from './text.js';

const refreshMs = 5000;
const main = document.getElementById('main'), state = document.getElementById('state');
let refresh = null, round = 0; // round counts the views, so that a late answer is not taken for this one's

// open shows what the address says: #overview, #tree/a/b?prefix, #sessions, #session/0x….
function open() {
  const [place, rest = ''] = [/^#[a-z]*/.exec(location.hash)?.[0] ?? '', location.hash.replace(/^#[a-z]*/, '')];
  const name = place.slice(1) || 'overview';
  for (const a of document.querySelectorAll('header nav a')) {
    const current = a.hash.startsWith('#' + name.replace(/^session$/, 'sessions'));
    current ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current');
  }
  round++;
  try {
    if (name === 'tree') {
      const [path, prefix = ''] = rest.split('?').map((part) => part.split('/').map(decodeURIComponent).join('/'));
      refresh = tree(main, path || '/', prefix);
    } else if (name === 'session') {
      refresh = session(main, rest.slice(1));
    } else {
      refresh = (name === 'sessions' ? sessions : overview)(main);
    }
  } catch (error) {
    refresh = null;
    main.replaceChildren(el('p', { class: 'bad' }, 'This address is not one of the console: ', safe(String(error.message))));
  }
  tick();
}

// tick brings the view up to date, and says so if it cannot.
async function tick() {
  const mine = round;
  try {
    if (refresh) await refresh();
    else await ask('server');
    if (mine !== round) return;
    state.textContent = 'live';
    state.className = '';
  } catch (error) {
    if (mine !== round) return;
    state.textContent = error.message;
    state.className = 'bad';
  }
}

const dialog = document.getElementById('identity'), form = dialog.querySelector('form'), who = document.getElementById('who');

async function named() {
  who.textContent = identity.user ? 'Identity: ' : 'Identity…';
  if (identity.user) who.append(safe(identity.user));
  try {
    const { identities } = await ask('whoami');
    const list = document.getElementById('identities');
    list.replaceChildren('Now: ', ...identities.flatMap((name, i) => [i ? ', ' : '', safe(name)]));
  } catch { /* the state says it */ }
}

function change(user, password) {
  use(user, password);
  form.reset();
  dialog.close();
  named();
  open();
}

who.addEventListener('click', () => { dialog.showModal(); named(); });
form.addEventListener('submit', (event) => { event.preventDefault(); change(form.elements.user.value, form.elements.password.value); });
form.elements.forget.addEventListener('click', () => change('', ''));
form.elements.cancel.addEventListener('click', () => { form.reset(); dialog.close(); });

window.addEventListener('hashchange', () => { open(); main.focus(); });
setInterval(() => { if (!document.hidden) tick(); }, refreshMs);
ask('server').then((s) => document.getElementById('about').replaceChildren('Paddock, ', safe(s.version)), () => {});
open();
