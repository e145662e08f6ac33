// Draws the charts of report pages from what the page itself says; the table beside it holds the same figures.
document.querySelectorAll("[data-chart]").forEach((figure) => {
  const chart = JSON.parse(figure.dataset.chart);
  const ink = getComputedStyle(figure).color;
  figure.style.height = `${Math.max(220, 60 + chart.names.length * 26)}px`;
  const drawn = echarts.init(figure, null, { renderer: "canvas" });
  drawn.setOption({
    animation: false,
    grid: { left: 8, right: 48, top: 8, bottom: 24, containLabel: true },
    tooltip: {},
    textStyle: { color: ink },
    xAxis: { type: "value", axisLabel: { color: ink } },
    yAxis: { type: "category", inverse: true, data: chart.names, axisLabel: { color: ink, width: 220, overflow: "truncate" } },
    series: [{ type: "bar", name: chart.title, data: chart.values, barMaxWidth: 18, label: { show: true, position: "right", color: ink } }],
  });
  addEventListener("resize", () => drawn.resize());
});
