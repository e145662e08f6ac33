// Draws the charts of report pages from what the page itself says; the table beside it holds the same figures.
// Bars compare things, the longest first, or stand beside each other over time; a figure that moves is a line, with
// its target as a dashed one.
const across = (chart, ink, width) => ({
  grid: { left: 8, right: 48, top: 8, bottom: 24, containLabel: true },
  xAxis: { type: "value", axisLabel: { color: ink, hideOverlap: true } },
  yAxis: { type: "category", inverse: true, data: chart.names, axisLabel: { color: ink, width: Math.min(260, width * 0.4), overflow: "truncate" } },
  series: [{ type: "bar", name: chart.title, data: chart.values, barMaxWidth: 18, label: { show: true, position: "right", color: ink } }],
});
const targetLine = (chart, ink) => ({
  type: "line",
  name: chart.target_name,
  symbolSize: 0.1,
  itemStyle: { color: ink },
  lineStyle: { type: "dashed", color: ink },
  data: chart.names.map((_, index) => ({
    value: chart.target,
    label: { show: index === chart.names.length - 1, position: "right", color: ink, formatter: chart.target_name },
  })),
});
// Shares stand on an axis from 0 to 100 %, whatever their values are, unless one is above.
const heights = (chart) => chart.is_share
  ? { min: 0, max: Math.max(100, chart.target ?? 0, ...chart.values) }
  : { scale: chart.is_line };
const overTime = (chart, ink) => ({
  grid: { left: 8, right: 48, top: 32, bottom: 8, containLabel: true },
  xAxis: { type: "category", data: chart.names, axisLabel: { color: ink, hideOverlap: true } },
  yAxis: { type: "value", ...heights(chart), axisLabel: { color: ink, formatter: chart.is_share ? "{value} %" : undefined } },
  series: [
    { type: chart.is_line ? "line" : "bar", name: chart.title, data: chart.values, barMaxWidth: 40, label: { show: chart.names.length <= 12, position: "top", color: ink } },
    ...(chart.target == null ? [] : [targetLine(chart, ink)]),
  ],
});
document.querySelectorAll("[data-chart]").forEach((figure) => {
  const chart = JSON.parse(figure.dataset.chart);
  const ink = getComputedStyle(figure).color;
  figure.style.height = chart.is_over_time ? "260px" : `${Math.max(220, 60 + chart.names.length * 26)}px`;
  const drawn = echarts.init(figure, null, { renderer: "canvas" });
  const draw = () => drawn.setOption({
    animation: false,
    textStyle: { color: ink },
    ...(chart.is_over_time ? overTime(chart, ink) : across(chart, ink, figure.clientWidth)),
  });
  draw();
  addEventListener("resize", () => { drawn.resize(); draw(); });
});
