/** What is drawn on a strip besides the line. All in device pixels, as uPlot's canvas is. */
export const paint = {
  /** A bar where probes failed, as high as their share; a pale band with dashes where nothing could be seen. */
  results(plot, site, colour) {
    const { ctx, bbox } = plot;
    const width = bbox.width / site.pass.length;
    ctx.save();
    for (const [index, fail] of site.fail.entries()) {
      const left = bbox.left + index * width;
      const unknown = site.unknown[index];
      const seen = site.pass[index] + fail;
      if (fail > 0) {
        const share = Math.max(0.35, fail / seen);
        ctx.fillStyle = colour('--fail');
        ctx.fillRect(left, bbox.top + bbox.height * (1 - share), Math.max(2, width), bbox.height * share);
      } else if (unknown > 0 && seen === 0) {
        ctx.fillStyle = colour('--unknown');
        ctx.fillRect(left, bbox.top, Math.max(2, width - 1), bbox.height);
      }
    }
    ctx.restore();
  },
  /** A dashed line with a head: up where the record came, down where it went. */
  switches(plot, switches, name, colour) {
    const { ctx, bbox } = plot;
    const size = 5 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour('--switch');
    ctx.lineWidth = devicePixelRatio;
    for (const { atMs, from, to } of switches) {
      if (to !== name && from !== name) continue;
      const x = Math.round(plot.valToPos(atMs / 1_000, 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.setLineDash([2 * devicePixelRatio, 2 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const [tip, base] = to === name ? [bbox.top, bbox.top + size * 1.4] : [bbox.top + size * 1.4, bbox.top];
      ctx.beginPath();
      ctx.moveTo(x, tip);
      ctx.lineTo(x - size, base);
      ctx.lineTo(x + size, base);
      ctx.fill();
    }
    ctx.restore();
  },
};
