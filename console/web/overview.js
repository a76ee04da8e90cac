// The numbers of now and the charts of the last hour.
import { ask } from './api.js';
import { chart } from './charts.js';
import { bytes, count, duration, el, span } from './text.js';

const perSecond = (n) => `${count(n)}/s`;

export function overview(main) {
  const tiles = el('dl', { class: 'tiles' });
  const charts = [
    chart('Throughput', [['requests', 'requests'], ['transactions', 'transactions']], perSecond),
    chart('Latency of reads', [['readP50', 'median'], ['readP99', '99 %']], duration),
    chart('Latency of writes', [['writeP50', 'median'], ['writeP99', '99 %']], duration),
    chart('Time of a sync', [['syncP50', 'median'], ['syncP99', '99 %']], duration),
    chart('Transactions per sync', [['batch', 'on average']], count),
    chart('In work', [['outstanding', 'requests'], ['pending', 'not durable']], count),
    chart('Traffic', [['bytesIn', 'in'], ['bytesOut', 'out']], (n) => `${bytes(n)}/s`),
    chart('Memory', [['heap', 'live objects'], ['memory', 'of the process']], bytes),
    chart('Connections and sessions', [['connections', 'connections'], ['sessions', 'sessions']], count),
    chart('Watches and ephemerals', [['watches', 'watches'], ['ephemerals', 'ephemerals']], count),
    chart('Znodes', [['znodes', 'znodes']], count),
  ];
  main.replaceChildren(el('h1', {}, 'Overview'), tiles, el('div', { class: 'charts' }, charts.map((c) => c.box)));
  let points = [], added = 0;
  return async function refresh() {
    const [server, past] = await Promise.all([ask('server'), ask('history', { after: added })]);
    if (past.added < added) points = []; // the server has begun anew
    points = points.concat(past.points).slice(-past.pointsMax);
    added = past.added;
    const facts = {
      Up: server.serving ? span(server.uptimeMs) : 'not serving', Znodes: count(server.znodes), Data: bytes(server.dataBytes),
      Sessions: count(server.sessions), Connections: count(server.connections), Watches: count(server.watches),
      Ephemerals: count(server.ephemerals), 'Last zxid': server.zxid ?? '–',
    };
    tiles.replaceChildren(...Object.entries(facts).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
    for (const c of charts) c.update(points, past.everyMs * past.pointsMax);
  };
}
