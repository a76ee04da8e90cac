// Draws docs/console.png, docs/shell.png and docs/dashboard.png: pictures.mjs CACHE SHELL_BYTES ROOT. See make.sh.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [cache, bytes, root] = process.argv.slice(2);
const modules = `${cache}/node_modules/`;
const { chromium } = createRequire(modules)('playwright-core');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });

async function picture(name, width, height, draw) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: 'light' });
  page.on('pageerror', (error) => { throw error; });
  const what = await draw(page);
  await (what ?? page).screenshot({ path: `${root}/docs/${name}.png` });
  await page.close();
}

await picture('console', 1280, 860, async (page) => {
  await page.goto('http://127.0.0.1:18977/');
  await page.waitForFunction(() => document.querySelectorAll('.chart path[d^=M]').length > 3);
});

// The bytes that the shell has sent to its terminal, in xterm.js.
await picture('shell', 1000, 800, async (page) => {
  await page.setContent('<body style="margin:0;background:#1b1f1d"><div id=t style="padding:12px;display:inline-block"></div>');
  await page.addStyleTag({ path: modules + '@xterm/xterm/css/xterm.css' });
  await page.addScriptTag({ path: modules + '@xterm/xterm/lib/xterm.js' });
  await page.evaluate((text) => new Promise((done) => {
    const terminal = new Terminal({ cols: 96, rows: 42, fontSize: 15, fontFamily: 'DejaVu Sans Mono, monospace', theme: { background: '#1b1f1d', foreground: '#e6e9e7' }, cursorBlink: false });
    terminal.open(document.getElementById('t'));
    terminal.write(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), () => setTimeout(done, 500));
  }), readFileSync(bytes).toString('base64'));
  return page.locator('#t');
});

// The dashboard's queries as Grafana would ask them, and what came back.
const end = Math.floor(Date.now() / 1000), begin = end - 60 * (Number(process.env.MINUTES || 6) - 1), step = 5;
const fill = (expr) => expr.replaceAll('$__rate_interval', '20s').replaceAll('$job', 'paddock').replaceAll('$instance', '.*');
const empty = [];
async function ask({ expr, legendFormat }, title) {
  const query = new URLSearchParams({ query: fill(expr), start: begin, end, step });
  const answer = await (await fetch(`http://127.0.0.1:19977/api/v1/query_range?${query}`)).json();
  if (answer.status !== 'success' || answer.data.result.length === 0) empty.push(`${title}: ${expr}: ${answer.error ?? 'nothing'}`);
  return (answer.data?.result ?? []).map(({ metric, values }) => ({
    name: (legendFormat ?? '').replace(/{{\s*(\w+)\s*}}/g, (_, label) => metric[label] ?? '').replace(/^127\S+\s?/, '') || metric.instance || '', values,
  }));
}
const dashboard = JSON.parse(readFileSync(`${root}/deploy/grafana/paddock.json`));
const panels = [];
for (const { type, title, gridPos, targets = [], fieldConfig } of dashboard.panels) {
  const series = (await Promise.all(targets.map((target) => ask(target, title)))).flat();
  panels.push({ type, title, gridPos, series, unit: fieldConfig?.defaults?.unit });
}
// An alert comes back empty while all is well; what it looks at must be there.
for (const [, expr] of readFileSync(`${root}/deploy/prometheus/paddock.rules.yml`, 'utf8').matchAll(/expr: (.*)/g)) {
  for (const [selector] of expr.matchAll(/[a-z_]+\{[^}]*\}/g)) await ask({ expr: selector }, 'an alert');
}
if (empty.length) {
  console.error(`Nothing came back for\n${empty.join('\n')}`);
  process.exitCode = 1;
}

const style = `body { margin: 0; padding: 8px; font: 13px sans-serif; background: #f4f5f5; color: #24292e; } main { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: 26px; gap: 4px; }
  section { background: #fff; border: 1px solid #dfe2e5; border-radius: 3px; padding: 4px 8px; overflow: hidden; } .row { background: none; border: none; font-weight: 600; } h2 { font-size: 13px; margin: 0 0 2px; font-weight: 500; }
  .stat b { display: block; font-size: 34px; font-weight: 500; text-align: center; color: #37872d; line-height: 66px; } .u-legend { font-size: 11px; text-align: left; }`;
await picture('dashboard', 1400, 1178, async (page) => {
  await page.setContent(`<style>${style}</style><main></main>`);
  await page.addStyleTag({ path: modules + 'uplot/dist/uPlot.min.css' });
  await page.addScriptTag({ path: modules + 'uplot/dist/uPlot.iife.min.js' });
  await page.evaluate(draw, { panels: panels.filter((p) => p.gridPos.y < 39), begin, end, step });
});
await browser.close();

// draw runs in the page.
function draw({ panels, begin, end, step }) {
  const units = { ms: ' ms', s: ' s', Bps: 'B/s', bytes: 'B', reqps: ' req/s', dtdurationms: '' };
  function text(v, unit) {
    if (unit === 'dtdurationms') return `${Math.round(v / 60000)} min`;
    if (unit === 's' && v < 1 && v > 0) [v, unit] = [v * 1000, 'ms'];
    const binary = unit === 'bytes', scale = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']].find(([size]) => v >= size && unit !== 'ms') ?? [1, ''];
    if (binary) scale[0] = { G: 2 ** 30, M: 2 ** 20, k: 2 ** 10 }[scale[1]] ?? 1;
    return `${+(v / scale[0]).toPrecision(3)}${units[unit]?.startsWith(' ') && !scale[1] ? '' : ' '}${scale[1]}${(units[unit] ?? '').trim() && !scale[1] ? ' ' : ''}${(units[unit] ?? '').trim()}`.trim();
  }
  const colours = ['#37872d', '#e0b400', '#1f60c4', '#fa6400', '#c4162a'];
  const times = Array.from({ length: Math.floor((end - begin) / step) + 1 }, (_, i) => begin + i * step);
  for (const { type, title, gridPos: g, series, unit } of panels) {
    const box = document.createElement('section');
    box.className = type;
    box.style.gridArea = `${g.y + 1} / ${g.x + 1} / span ${g.h} / span ${g.w}`;
    box.append(Object.assign(document.createElement('h2'), { textContent: title }));
    document.querySelector('main').append(box);
    if (type === 'stat') box.append(Object.assign(document.createElement('b'), { textContent: text(Number(series[0].values.at(-1)[1]), unit) }));
    if (type !== 'timeseries') continue;
    const data = [times, ...series.map(({ values }) => {
      const at = new Map(values.map(([t, v]) => [t, Number(v)]));
      return times.map((t) => (Number.isFinite(at.get(t)) ? at.get(t) : null));
    })];
    new uPlot({ width: box.clientWidth - 16, height: box.clientHeight - 58, cursor: { show: false }, legend: { live: false, markers: { width: 2 } }, scales: { y: { range: (u, lo, hi) => [0, hi > 0 ? hi * 1.1 : 1] } },
      axes: [{ values: (u, ticks) => ticks.map((t) => new Date(t * 1000).toISOString().slice(11, 19)), font: '11px sans-serif' }, { size: 62, values: (u, ticks) => ticks.map((v) => text(v, unit)), font: '11px sans-serif' }],
      series: [{}, ...series.map(({ name }, i) => ({ label: name, stroke: colours[i % colours.length], width: 1.3, points: { show: false } }))] }, data, box);
  }
}
