"use strict";
// Draws every figure of the page from the JSON in it. uPlot's mode 2 gives each curve x values of its own, in any order:
// throughput against latency bends back where a server is overloaded.
(() => {
  const palette = ["#c2410c", "#1d4ed8", "#15803d", "#7e22ce", "#374151", "#be185d", "#a16207", "#0e7490"];
  const color = (i, alpha) => palette[i % palette.length] + (alpha || "");
  const grid = { stroke: "#e5e5e5", width: 1 };

  // short writes 1200000 as 1.2 M.
  const short = (v) => {
    const a = Math.abs(v);
    const cut = (n, unit) => String(parseFloat(n.toPrecision(4))) + unit;
    if (a >= 1e6) return cut(v / 1e6, " M");
    if (a >= 1e4) return cut(v / 1e3, " k");
    return cut(v, "");
  };
  // percent writes x = 1/(1-p) as p: 100 is 99 %.
  const percent = (x) => String(parseFloat((100 - 100 / x).toPrecision(7))) + " %";

  // steps lists round numbers within a logarithmic range: powers of ten, and 2 and 5 between them if these are few.
  const steps = (min, max, sparse) => {
    const decades = Math.log10(max / min);
    const factors = sparse || decades > 4 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 3, 5, 7];
    const all = [];
    for (let e = Math.floor(Math.log10(min)) - 1; e <= Math.ceil(Math.log10(max)); e++) {
      for (const f of factors) {
        const v = parseFloat((f * Math.pow(10, e)).toPrecision(3));
        if (v >= min * 0.999 && v <= max * 1.001) all.push(v);
      }
    }
    return all;
  };

  // range gives the ends of an axis, with some air. A linear axis begins at 0.
  const range = (values, log) => {
    const usable = values.filter((v) => Number.isFinite(v) && (!log || v > 0));
    if (usable.length === 0) return [1, 10];
    const low = Math.min(...usable), high = Math.max(...usable);
    if (!log) return [0, high > 0 ? high * 1.08 : 1];
    return low === high ? [low / 2, high * 2] : [low / Math.pow(high / low, 0.04), high * Math.pow(high / low, 0.06)];
  };

  const axis = (label, side, log, ends, write, sparse) => {
    const a = {
      label, side, grid, ticks: grid, stroke: "#1a1a1a", labelSize: 26, size: side === 3 ? 62 : 40, labelGap: 2,
      font: "12px system-ui, 'DejaVu Sans', sans-serif", labelFont: "13px system-ui, 'DejaVu Sans', sans-serif",
      values: (u, splits) => splits.map(write),
    };
    if (log) {
      a.splits = () => steps(ends[0], ends[1], sparse);
      a.filter = (u, splits) => splits;
    }
    return a;
  };

  // line draws one curve and its points.
  const line = (curve) => (u, i) => {
    const ctx = u.ctx, ratio = devicePixelRatio, [xs, ys] = u.data[i];
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    ctx.strokeStyle = ctx.fillStyle = color(curve.color);
    ctx.lineWidth = 2 * ratio;
    ctx.lineJoin = "round";
    ctx.setLineDash(curve.dashed ? [6 * ratio, 4 * ratio] : []);
    const spots = xs.map((x, k) => [u.valToPos(x, "x", true), u.valToPos(ys[k], "y", true)]);
    ctx.beginPath();
    spots.forEach(([x, y], k) => (k === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
    ctx.stroke();
    if (spots.length <= 40) {
      for (const [x, y] of spots) {
        ctx.beginPath();
        ctx.arc(x, y, 3.5 * ratio, 0, 2 * Math.PI);
        ctx.fill();
      }
    }
    ctx.restore();
    return null;
  };

  // spans shades the times at which snapshots were written, each server's in its colour and in a lane of its own.
  const spans = (plot) => (u) => {
    const marked = plot.series.filter((s) => s.spans.length > 0);
    const ctx = u.ctx, height = u.bbox.height / Math.max(marked.length, 1);
    ctx.save();
    marked.forEach((s, lane) => {
      ctx.fillStyle = color(s.color, "2e");
      for (const span of s.spans) {
        const from = u.valToPos(span.fromSec, "x", true), to = u.valToPos(span.toSec, "x", true);
        ctx.fillRect(from, u.bbox.top + lane * height, Math.max(to - from, 2 * devicePixelRatio), height);
      }
    });
    ctx.restore();
  };

  const legend = (plot) => {
    const box = document.createElement("div");
    box.className = "legend";
    for (const s of plot.series) {
      const item = document.createElement("span");
      item.textContent = s.label;
      item.style.setProperty("--color", color(s.color));
      if (s.dashed) item.className = "dashed";
      box.append(item);
    }
    for (const s of plot.series.filter((s) => s.spans.length > 0)) {
      const item = document.createElement("span");
      item.textContent = "snapshots of " + s.label;
      item.className = "snapshot";
      item.style.setProperty("--color", color(s.color, "55"));
      box.append(item);
    }
    return box;
  };

  const draw = (figure) => {
    const plot = JSON.parse(figure.querySelector("script").textContent);
    const heading = document.createElement("h2");
    heading.textContent = plot.title;
    figure.append(heading);
    const shown = plot.series.map((s) => {
      const keep = s.x.map((x, k) => k).filter((k) => (!plot.logX || s.x[k] > 0) && (!plot.logY || s.y[k] > 0));
      return [keep.map((k) => s.x[k]), keep.map((k) => s.y[k])];
    });
    const percents = plot.xKind === "percent";
    const ends = { x: range(shown.flatMap((d) => d[0]), plot.logX), y: range(shown.flatMap((d) => d[1]), plot.logY) };
    new uPlot({
      mode: 2, width: 580, height: 330, legend: { show: false }, cursor: { show: false }, padding: [12, 16, 0, 0],
      scales: {
        x: { time: false, distr: plot.logX ? 3 : 1, range: () => ends.x },
        y: { distr: plot.logY ? 3 : 1, range: () => ends.y },
      },
      axes: [
        axis(plot.xLabel, 2, plot.logX, ends.x, percents ? percent : short, percents),
        axis(plot.yLabel, 3, plot.logY, ends.y, short),
      ],
      series: [null, ...plot.series.map((s) => ({ label: s.label, stroke: color(s.color), paths: line(s) }))],
      hooks: { drawClear: [spans(plot)] },
    }, [null, ...shown], figure);
    figure.append(legend(plot));
  };

  document.querySelectorAll("figure.plot").forEach(draw);
})();
