// One chart: up to two lines over the last hour, drawn as SVG, read with the pointer or the arrow keys.
import { el, span } from './text.js';

const wide = 600, high = 130, left = 4, top = 16, bottom = 16;

function svg(tag, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// chart makes one: lines are pairs of a point's field and its name, show writes a value.
export function chart(title, lines, show) {
  const art = svg('svg', { viewBox: `0 0 ${wide} ${high}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  const legend = el('div', { class: 'legend' });
  const most = el('span', { class: 'soft' });
  const box = el('section', { class: 'chart', tabindex: '0', role: 'group', 'aria-label': title },
    el('div', { class: 'row' }, el('h2', {}, title), most), art, legend);
  let points = [], from = 0, to = 1, at = null; // at is the index of the point that is looked at

  const x = (point) => left + ((point.at - from) / (to - from)) * (wide - 2 * left);

  function write() {
    const point = points[at ?? points.length - 1];
    legend.replaceChildren(...lines.map(([field, name], i) =>
      el('span', {}, el('i', { class: 'ab'[i] }), `${name} ${point ? show(point[field]) : '–'}`)),
    ...(at != null && point ? [el('time', {}, new Date(point.at).toLocaleTimeString())] : []));
  }

  function draw() {
    const highest = Math.max(...points.flatMap((p) => lines.map(([field]) => p[field] ?? 0)), 0) || 1;
    const y = (value) => high - bottom - (value / highest) * (high - top - bottom);
    art.replaceChildren();
    for (const share of [0, 0.5, 1]) art.append(svg('line', { x1: 0, x2: wide, y1: y(share * highest), y2: y(share * highest) }));
    lines.forEach(([field], i) => {
      let path = '', gap = true;
      for (const p of points) {
        if (p[field] == null) { gap = true; continue; }
        path += `${gap ? 'M' : 'L'}${x(p).toFixed(1)} ${y(p[field]).toFixed(1)}${gap ? 'h0.6' : ''}`;
        gap = false;
      }
      art.append(svg('path', { d: path, class: 'ab'[i] }));
    });
    if (at != null && points[at]) art.append(svg('line', { class: 'cursor', x1: x(points[at]), x2: x(points[at]), y1: top, y2: high - bottom }));
    most.textContent = points.length ? `top ${show(highest)}, ${span(to - from + 1000)}` : 'nothing yet';
    write();
  }

  box.addEventListener('pointermove', (event) => {
    const place = art.getBoundingClientRect();
    const moment = from + ((event.clientX - place.left) / place.width) * (to - from);
    const i = points.findIndex((p) => p.at >= moment);
    at = i < 0 ? points.length - 1 : i;
    draw();
  });
  const leave = () => { at = null; draw(); };
  box.addEventListener('pointerleave', leave);
  box.addEventListener('blur', leave);
  box.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
    if (!step || !points.length) return;
    event.preventDefault();
    at = Math.min(Math.max((at ?? points.length - 1) + step, 0), points.length - 1);
    draw();
    box.setAttribute('aria-label', `${title}: ${legend.textContent}`);
  });
  return {
    box,
    update(all, hourMs) {
      points = all;
      to = points.at(-1)?.at ?? Date.now();
      from = Math.min(points[0]?.at ?? to, to - Math.min(hourMs, 300000));
      draw();
    },
  };
}
