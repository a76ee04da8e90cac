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
  page.on('console', (line) => { if (line.type() === 'error' && !/status of (403|404)/.test(line.text())) wrong.push(`console: ${line.text()}`); });
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
  assert.equal(await page.locator('main script, main img, main iframe, main [onerror]').count(), 0, `${name}: data became markup`);
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

await look('overview', { colorScheme: 'light' }, '', charts);
await look('overview-narrow-dark', { colorScheme: 'dark', viewport: { width: 380, height: 800 } }, '', charts);

if (kind === 'empty') {
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
    await has(page, '500 of 3,000 children');
    await page.getByRole('button', { name: 'More' }).click();
    await has(page, '1,000 of 3,000 children');
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
