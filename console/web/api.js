// How the page asks its server. Who the user is stays in this module, and goes in a header.

let secret = null; // base64 of user:password
export const identity = { user: '' };

export function use(user, password) {
  identity.user = user;
  secret = user === '' ? null : btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)));
}

// ask gets an answer, or throws an Error with what the server says.
export async function ask(what, parameters = {}) {
  const response = await send(`data/${what}?${new URLSearchParams(parameters)}`, { headers: {} });
  return read(await response.text(), response);
}

// value gets the whole data of a znode, and the version that it is.
export async function value(path) {
  const response = await send(`data/value?${new URLSearchParams({ path })}`, { headers: {} });
  if (!response.ok) read(await response.text(), response);
  try {
    return { data: new Uint8Array(await response.arrayBuffer()), version: Number(response.headers.get('X-Paddock-Version')) };
  } catch {
    throw new Error('it was not sent to its end: it has changed meanwhile, or the connection is gone; try again');
  }
}

// edit makes a change. The token that it needs is asked for each time: the server may have been started anew.
export async function edit(what, change) {
  const response = await post(what, change);
  return read(await response.text(), response);
}

// editSteps makes a change that takes its time, and tells each step of it.
export async function editSteps(what, change, signal, tell) {
  let last = { deleted: 0 };
  try {
    const response = await post(what, change, signal);
    if (!response.ok) read(await response.text(), response);
    let rest = '';
    for (const reader = response.body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      for (const line of lines) tell(last = JSON.parse(line));
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
    throw new Error(`Stopped: ${last.deleted} are gone, the others stay.`);
  }
  if (!last.done) throw new Error(`${last.error ?? 'The server has ended it'}. ${last.deleted} are gone, the others stay.`);
}

async function post(what, change, signal) {
  const { token } = await ask('server');
  const headers = { 'Content-Type': 'application/json', 'X-Paddock-Token': token ?? '' };
  return send(`edit/${what}`, { method: 'POST', headers, body: JSON.stringify(change), signal });
}

async function send(place, options) {
  Object.assign(options.headers, { 'X-Paddock-Console': '1', 'X-Paddock-Page': location.host }); // see guard.go
  if (secret) options.headers['X-Paddock-Identity'] = secret;
  try {
    return await fetch('/console/' + place, { ...options, cache: 'no-store', credentials: 'omit', redirect: 'error' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('the server does not answer');
  }
}

function read(text, response) {
  let body;
  try { body = JSON.parse(text); } catch { throw new Error(text.slice(0, 300)); }
  if (!response.ok) throw Object.assign(new Error(body.error), { status: response.status });
  return body;
}
