// How the page asks its server. Who the user is stays in this module, and goes in a header.

let secret = null; // base64 of user:password
export const identity = { user: '' };

export function use(user, password) {
  identity.user = user;
  secret = user === '' ? null : btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)));
}

// ask gets an answer, or throws an Error with what the server says.
export async function ask(what, parameters = {}) {
  const headers = { 'X-Paddock-Console': '1' };
  if (secret) headers['X-Paddock-Identity'] = secret;
  let response;
  try {
    response = await fetch(`/console/data/${what}?${new URLSearchParams(parameters)}`, { headers, cache: 'no-store', credentials: 'omit' });
  } catch {
    throw new Error('the server does not answer');
  }
  const text = await response.text();
  let body;
  try { body = JSON.parse(text); } catch { throw new Error(text.slice(0, 300)); }
  if (!response.ok) throw Object.assign(new Error(body.error), { status: response.status });
  return body;
}
