// Looks at the console in a headless Chromium: console.mjs BASE FOLDER KIND. KIND says what the server holds: empty, or hostile
// (as console_test.go makes it). Leaves screenshots in FOLDER; whatever is not as it should be ends it with status 1.
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const { chromium } = createRequire(process.env.PLAYWRIGHT_FROM)('playwright-core');
const [base, folder, kind] = process.argv.slice(2);
const patience = 60000;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });

// look opens the console, gives it to a function, and makes sure that it did nothing it should not.
async function look(name, options, hash, use) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.stack}`));
  page.on('dialog', (dialog) => { wrong.push(`a dialog opened: ${dialog.message()}`); dialog.dismiss(); });
  page.on('console', (line) => { if (line.type() === 'error' && !/status of (403|404|409)/.test(line.text())) wrong.push(`console: ${line.text()}`); });
  page.on('request', (request) => { if (!request.url().startsWith(base + '/') && !request.url().startsWith('blob:')) wrong.push(`asks elsewhere: ${request.url()}`); });
  await page.goto(`${base}/${hash}`);
  await use(page);
  await page.screenshot({ path: `${folder}/${kind}-${name}.png` });
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  assert.ok(wide <= 0, `${name}: the page is ${wide} pixels wider than its window`);
  assert.doesNotMatch(await page.locator('main').innerText(), /\[object|undefined|NaN/, `${name}: a value that is none`);
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined, `${name}: a script of the data has run`);
  assert.equal(await page.locator(':is(main, dialog) :is(script, img, iframe, svg[onload], [onerror])').count(), 0, `${name}: data became markup`);
  assert.deepEqual(wrong, [], name);
  await context.close();
}

const has = (page, text) => page.getByText(text).first().waitFor();

async function charts(page) {
  await page.locator('#state', { hasText: 'live' }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.chart path[d^=M]').length > 3);
  const throughput = page.getByRole('group', { name: 'Throughput' });
  await throughput.focus();
  await page.keyboard.press('End');
  await throughput.locator('time').waitFor(); // the arrow keys read the chart
}

if (kind === 'proxied') {
  await look('overview', {}, '', (page) => page.locator('#state', { hasText: 'for this machine only' }).waitFor());
  await look('tree', {}, '#tree/', (page) => page.locator('main', { hasText: 'for this machine only' }).waitFor());
  await browser.close();
  process.exit(0);
}
await look('overview', { colorScheme: 'light' }, '', charts);
await look('overview-narrow-dark', { colorScheme: 'dark', viewport: { width: 380, height: 800 } }, '', charts);

// enter says who the user is.
async function enter(page, user, password) {
  await page.getByRole('button', { name: 'Identity…' }).click();
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Identity: ' + user }).waitFor();
}

// confirmed presses a form's button twice, and makes sure that the first press has only asked.
async function confirmed(page, verb, question) {
  const form = page.locator('dialog.edit');
  await form.getByRole('button', { name: verb, exact: true }).click();
  await form.getByRole('alert').getByText(question).waitFor();
  await form.getByRole('button', { name: 'Yes, ' + verb.toLowerCase() }).click();
  await form.waitFor({ state: 'detached' });
}

if (kind === 'edit') {
  await look('nobody', {}, '#tree/odd/json', async (page) => {
    await page.getByRole('button', { name: 'Delete…' }).click();
    await has(page, 'Who you are'); // first
  });
  await look('create', {}, '#tree/', async (page) => {
    await enter(page, 'alice', 'pässword');
    await page.getByRole('button', { name: 'Add a child…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('made');
    await page.getByLabel('Data as').selectOption('json');
    await page.getByRole('textbox', { name: 'Data', exact: true }).fill('{"a": [1, 2]');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await has(page, 'This is no JSON');
    await page.getByRole('textbox', { name: 'Data', exact: true }).fill('{"a": [1, 2]}');
    await page.screenshot({ path: `${folder}/${kind}-form.png` });
    await confirmed(page, 'Create', 'Create /made');
    await page.locator('nav.path a', { hasText: 'made' }).waitFor();
    await page.getByRole('button', { name: 'Change the ACL…' }).click();
    await page.getByRole('button', { name: 'Add an entry' }).click();
    const entry = page.getByRole('group', { name: 'Entry' }).nth(1);
    await entry.getByLabel('Scheme').fill('ip');
    await entry.getByLabel('Id').fill('10.0.0.0/8');
    await confirmed(page, 'Write', 'over its version 0');
    await has(page, '10.0.0.0/8');
  });
  await look('conflict', { colorScheme: 'dark' }, '#tree/odd/percent', async (page) => {
    await enter(page, 'alice', 'pässword');
    const change = async (text) => {
      await page.getByRole('button', { name: 'Change the data…' }).click();
      await page.getByRole('textbox', { name: 'Data', exact: true }).fill(text);
    };
    await change('mine');
    const other = await page.context().newPage(); // somebody else is quicker
    await other.goto(`${base}/#tree/odd/percent`);
    await enter(other, 'bob', 'secret');
    await other.getByRole('button', { name: 'Change the data…' }).click();
    await other.getByRole('textbox', { name: 'Data', exact: true }).fill('theirs');
    await confirmed(other, 'Write', 'over version 0');
    await other.close();
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await page.getByRole('button', { name: 'Yes, write' }).click();
    await has(page, 'somebody has changed it since you looked: nothing was written');
    await page.locator('dialog pre', { hasText: 'theirs' }).waitFor();
    await page.screenshot({ path: `${folder}/${kind}-conflict-form.png` });
    await confirmed(page, 'Write', 'over version 1');
    await page.locator('pre', { hasText: 'mine' }).waitFor();
  });
  await look('bytes', { viewport: { width: 380, height: 800 } }, '#tree/odd/bytes', async (page) => {
    await enter(page, 'alice', 'pässword');
    await page.getByRole('button', { name: 'Change the data…' }).click();
    await has(page, 'hex alone');
    assert.equal(await page.getByRole('textbox', { name: 'Data', exact: true }).inputValue(), 'ff fe 00 01 80');
    await page.getByRole('textbox', { name: 'Data', exact: true }).fill('00 f');
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await has(page, 'Hex data is pairs');
    await page.getByRole('textbox', { name: 'Data', exact: true }).fill('00 FF');
    await page.screenshot({ path: `${folder}/${kind}-form-narrow.png` });
    await confirmed(page, 'Write', '2 bytes');
    await has(page, '00000000  00 ff');
  });
  await look('keyboard', {}, '#tree/odd/json', async (page) => {
    await enter(page, 'alice', 'pässword');
    const gone = page.locator('nav.path a', { hasText: 'json' });
    await page.getByRole('button', { name: 'Delete…' }).focus(); // by keyboard alone
    await page.keyboard.press('Enter');
    await has(page, 'Delete it,');
    await page.locator('dialog.edit').getByRole('button', { name: 'Cancel' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter'); // who goes on pressing has not said yes
    await page.locator('dialog.edit').waitFor({ state: 'detached' });
    await gone.waitFor();
    await page.keyboard.press('Enter');
    await page.locator('dialog.edit :focus', { hasText: 'Cancel' }).waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await gone.waitFor({ state: 'detached' });
    await page.goto(`${base}/#tree/secret`);
  });
  await look('hostile', {}, '#tree/', async (page) => {
    await enter(page, 'alice', 'pässword');
    await page.locator('.names a', { hasText: '<img src=x onerror=' }).click();
    await page.locator('nav.path a', { hasText: '<img' }).waitFor();
    await page.getByRole('button', { name: 'Change the data…' }).click();
    await page.getByRole('textbox', { name: 'Data', exact: true }).fill('<img src=x onerror=globalThis.pwned=5>');
    await confirmed(page, 'Write', 'over version 0');
    await page.locator('pre', { hasText: 'pwned=5' }).waitFor();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await has(page, 'Delete it,'); // and leave the question open
  });
  await look('odd-acl', {}, '#tree/odd/acl', async (page) => {
    await has(page, 'U+000A'); // the line's end in an id
    await enter(page, 'al ice', 'pässword');
    await page.getByText('addauth digest "al ice:PASSWORD"').waitFor();
    await page.getByRole('button', { name: 'Change the ACL…' }).click();
    const odd = page.getByRole('group', { name: 'Entry' }).nth(1);
    await odd.getByText('U+000A').waitFor();
    assert.equal(await odd.getByRole('textbox').count(), 0, 'fields for what cannot be typed');
    await odd.getByLabel('write').check();
    await page.screenshot({ path: `${folder}/${kind}-odd-acl-form.png` });
    await confirmed(page, 'Write', 'over its version 0');
    await has(page, 'read, write');
  });
  await look('unsafe-to-paste', {}, '#tree/odd/bang!!', (page) => has(page, 'cannot be pasted into zkCli safely'));
  await look('waiting', {}, '#tree/odd/slow', async (page) => {
    let go;
    const held = new Promise((resolve) => { go = resolve; });
    await page.route('**/edit/data', async (route) => { await held; await route.continue(); });
    await enter(page, 'alice', 'pässword');
    await page.getByRole('button', { name: 'Change the data…' }).click();
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await page.getByRole('button', { name: 'Yes, write' }).click();
    await has(page, 'waiting for the answer'); // one change cannot be stopped, and nothing says that it could
    assert.equal(await page.locator('dialog.edit').getByRole('button', { name: /Stop|Cancel/ }).count(), 0);
    await page.keyboard.press('Escape');
    await has(page, 'waiting for the answer');
    go();
    await page.locator('dialog.edit').waitFor({ state: 'detached' });
    await has(page, 'version 1');
  });
  await look('stopped', {}, '#tree/odd', async (page) => {
    let go;
    const held = new Promise((resolve) => { go = resolve; });
    await page.route('**/edit/deletebelow', async (route) => { await held; await route.abort(); });
    await enter(page, 'alice', 'pässword');
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Yes, delete' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await has(page, 'Stopped: 0 are gone, the others stay.');
    await page.locator('dialog.edit').getByRole('button', { name: 'Cancel' }).click();
    go();
  });
  await look('subtree', {}, '#tree/many', async (page) => {
    await enter(page, 'alice', 'pässword');
    await page.getByRole('button', { name: 'Delete…' }).click();
    await has(page, 'Delete 3,001 znodes');
    await page.screenshot({ path: `${folder}/${kind}-subtree-form.png` });
    await page.getByRole('button', { name: 'Yes, delete' }).click();
    await page.locator('dialog.edit').waitFor({ state: 'detached' });
    await page.locator('nav.path a').first().waitFor();
  });
  await look('crowd', {}, '#tree/crowd', async (page) => {
    let asked = 0;
    page.on('request', (request) => { if (request.url().includes('/data/children')) asked++; });
    await has(page, '1 to 500 of 100,000 children');
    for (let i = 0; i < 12; i++) {
      await page.getByRole('button', { name: 'More' }).click();
      await has(page, `${(i * 500 + 501).toLocaleString('en')} to`);
    }
    await page.getByRole('button', { name: 'Back' }).click();
    await has(page, '5,501 to 6,000 of 100,000 children');
    assert.ok(asked <= 14, `${asked} requests for a dozen pages`);
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
    assert.ok(nodes < 2500, `${nodes} elements`);
    await page.getByRole('textbox', { name: /Path/ }).fill('/crowd/c-9999');
    await page.keyboard.press('Enter');
    await has(page, '10 shown that begin so, of 100,000');
    await page.getByRole('link', { name: 'c-99999' }).waitFor();
  });
} else if (kind === 'empty') {
  await look('tree', {}, '#tree/', async (page) => {
    await has(page, '1 of 1 children');
    await page.locator('.names a').click();
    await has(page, '2 of 2 children'); // /zookeeper has config and quota
  });
} else {
  await look('tree', {}, '#tree/', async (page) => {
    await page.locator('.names a', { hasText: '<img src=x onerror=' }).click();
    await has(page, "<script>globalThis.pwned = 'data'</script>");
    await has(page, /seconds? ago|now \(/); // when it was created
    await page.getByRole('radio', { name: 'Hex' }).click();
    await has(page, '00000000  3c 73 63 72');
    await page.getByRole('button', { name: 'Text' }).or(page.getByRole('radio', { name: 'Text' })).click();
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await has(page, 'Copied');
  });
  await look('reordered', { colorScheme: 'dark' }, '#tree/odd', async (page) => {
    await has(page, 'U+202E'); // in a name
    await page.locator('.names a', { hasText: 'U+202E' }).click();
    await page.locator('pre .odd', { hasText: 'U+202E' }).first().waitFor();
  });
  await look('json', {}, '#tree/odd/json', async (page) => {
    await page.getByRole('radio', { name: 'JSON', checked: true }).waitFor();
    const want = '{\n  "name": "</pre><script>globalThis.pwned=3</script>",\n  "n": [\n    1,\n    12345678901234567890,\n' +
      '    {\n      "deep\\"]": {},\n      "e": []\n    }\n  ]\n}';
    assert.equal(await page.locator('pre').textContent(), want); // every digit and escape as it was
  });
  await look('deep', {}, '#tree/odd/deep', (page) => page.locator('pre', { hasText: '[' }).waitFor());
  await look('large', {}, '#tree/odd/large', async (page) => {
    await page.getByRole('radio', { name: 'Text', checked: true }).waitFor(); // though the beginning ends within a character
    await has(page, 'This is the beginning.');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save all' }).click()]);
    let length = 0;
    for await (const piece of await file.createReadStream()) length += piece.length;
    assert.equal(length, 1000001, 'the file that was saved');
  });
  await look('many', { viewport: { width: 380, height: 800 } }, '#tree/many', async (page) => {
    await has(page, '1 to 500 of 3,000 children');
    await page.getByRole('button', { name: 'More' }).click();
    await has(page, '501 to 1,000 of 3,000 children');
    await page.getByRole('button', { name: 'Back' }).click();
    await has(page, '1 to 500 of 3,000 children');
    await page.getByRole('textbox', { name: /Path/ }).fill('/many/c-0299');
    await page.keyboard.press('Enter');
    await has(page, '10 shown that begin so');
    await page.locator('.names a', { hasText: 'c-02997' }).click();
    await has(page, 'Data: null');
  });
  await look('secret', {}, '#tree/secret', async (page) => {
    await has(page, 'these identities may not see it');
    await page.getByRole('button', { name: 'Identity…' }).click();
    await page.getByLabel('User').fill('alice');
    await page.getByLabel('Password').fill('pässword');
    await page.keyboard.press('Enter');
    await has(page, 'the treasure');
    await has(page, 'alice:x'); // the hash is masked
    await page.getByRole('button', { name: /Look who/ }).click();
    await has(page, 'Nobody watches');
  });
  await look('sessions', {}, '#sessions', async (page) => {
    await page.locator('tbody a').first().waitFor();
    await page.locator('tr', { hasText: '127.0.0.1' }).locator('a').first().click();
    await has(page, 'Ephemerals (2)');
    await has(page, '/odd/ephemeral');
    await has(page, '1 more, which are not shown'); // below /secret
    await has(page, 'Data watches (1)');
    await page.getByRole('link', { name: '/odd/ephemeral' }).click();
    await has(page, 'Owned by session');
  });
  await look('wrong-address', {}, '#tree/%zz', (page) => has(page, 'This address is not one of the console'));
}
await browser.close();
