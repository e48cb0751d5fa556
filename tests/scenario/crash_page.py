"""The page of `vitrine scenario crash` in headless Chromium: every chart has title, axes with units, a legend and
something drawn; no label lies on another or sticks out; nothing comes from elsewhere."""
import base64
import json
import os
import re
import shutil
import subprocess

BROWSERS = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
FLAGS = "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1080,2000"
DEADLINE_S = 120
SCREENSHOT_BYTES_MIN = 20000
UNITS = ("USDC", "bp", "%", "seconds", "accounts", "minutes", "hours", "policy", "risk.slice")
COSTS = ("Spread of the shortfall over seeds", "Spread of shortfall and providers' loss over seeds",
         "Providers' profit over seeds", "Share of each way")
CHARTS = COSTS + ("Price: index, mark and mid", "Displacement over time", "Depth of the book",
                  "The trade-off: shortfall against displacement", "Shortfall over time", "Accounts underwater",
                  "The fund over time", "Equity kept by liquidated accounts", "Episodes that ended healthy",
                  "Time to healthy", "Accounts in liquidation")
SWEEP_CHARTS = COSTS + ("The curve: shortfall against displacement",)

# Put at the end of a copy of the page: writes what is seen of each chart into the document.
MEASURE = """<script>
const measured = [...document.querySelectorAll('svg.chart')].map(svg => {
  const text = kind => [...svg.querySelectorAll(kind)].map(one => one.textContent.trim()).join('|');
  const frame = svg.getBoundingClientRect();
  const labels = [...svg.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()]);
  const overlaps = [], outside = [];
  labels.forEach(([name, box], at) => {
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 ||
        box.bottom > frame.bottom + 1 || box.width < 1) outside.push(name);
    labels.slice(at + 1).forEach(([other, that]) => {
      if (box.left < that.right - 1 && that.left < box.right - 1 && box.top < that.bottom - 2 &&
          that.top < box.bottom - 2) overlaps.push(name + ' / ' + other);
    });
  });
  const entries = [...svg.querySelectorAll('.legend .entry')];
  return {
    labels: [...svg.querySelectorAll('.label')].map(one => one.textContent),
    title: text('.title'), x: text('.x-title'), y: text('.y-title'), overlaps, outside,
    legend: entries.map(one => one.textContent.trim()),
    samples: entries.filter(one => one.querySelector('.line, .bar, .point, .seed')).length,
    ticks: svg.querySelectorAll('.tick').length,
    drawn: [...svg.querySelectorAll('.line, .bar, .point, .seed')].filter(one => !one.closest('.legend')).length,
    coloured: entries.every(one => {
      const sample = one.querySelector('.line, .bar, .point, .seed'), style = sample && getComputedStyle(sample);
      return style && (sample.matches('.line') ? style.stroke !== 'none' : style.fill !== getComputedStyle(svg).fill);
    }),
  };
});
const place = document.createElement('pre');
place.id = 'measured';
place.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(measured))));
document.body.append(place);
</script>"""


def browser():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def run_browser(program, *arguments):
    done = subprocess.run([program, *FLAGS, *arguments], capture_output=True, check=False, stdin=subprocess.DEVNULL,
                          timeout=DEADLINE_S)
    if done.returncode != 0:
        raise ValueError(f"{program}: exit status {done.returncode}: {done.stderr[-500:]!r}")
    return done.stdout.decode()


def measure(program, page, folder):
    """What the browser shows of each chart of the page's text."""
    path = os.path.join(folder, "measured.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page.replace("</body>", MEASURE + "</body>"))
    document = run_browser(program, "--dump-dom", "file://" + path)
    found = re.search(r'<pre id="measured">([^<]*)</pre>', document)
    if not found:
        raise ValueError("the browser measured nothing")
    return json.loads(base64.b64decode(found[1]))


def problems(page, charts, wanted_charts):
    """What is wrong with the page, as texts."""
    for outside in re.findall(r"<script|<link|<img|@import|url\(|(?:src|href)=", page):
        yield f"the page asks for something: {outside}"
    titles = [chart["title"] for chart in charts]
    for wanted in wanted_charts:
        if sum(title.startswith(wanted) for title in titles) != 1:
            yield f"no chart, or more than one: {wanted}"
    for chart in charts:
        name = chart["title"] or "a chart without a title"
        if not chart["title"]:
            yield name
        for axis in "xy":
            if not any(unit in chart[axis] for unit in UNITS):
                yield f"{name}: no unit at {axis}: '{chart[axis]}'"
        if not chart["legend"] or not all(chart["legend"]) or chart["samples"] != len(chart["legend"]):
            yield f"{name}: legend {chart['legend']}, {chart['samples']} samples"
        if chart["ticks"] < 4 or not chart["drawn"]:
            yield f"{name}: {chart['ticks']} ticks, {chart['drawn']} things drawn"
        if not chart["coloured"]:
            yield f"{name}: a sample of its legend has no colour"
        yield from (f"{name}: labels overlap: {overlap}" for overlap in chart["overlaps"])
        yield from (f"{name}: sticks out: {label}" for label in chart["outside"])


def check_sweep(page, values, folder):
    """Problems of the page of a sweep: its curve has its values as labels."""
    charts = measure(browser(), page, folder)
    yield from problems(page, charts, SWEEP_CHARTS)
    curve = next((chart for chart in charts if chart["title"].startswith(SWEEP_CHARTS[-1])), {"labels": []})
    if sorted(curve["labels"]) != sorted(values):
        yield f"labels of the curve: {curve['labels']}"


def check(page, policies, folder):
    """Problems of a page; then of copies with a planted fault, each of which must be seen."""
    program = browser()
    wanted = CHARTS + tuple(f"Liquidated by way: {policy}" for policy in policies)

    def of(text):
        return list(problems(text, measure(program, text, folder), wanted))

    found = of(page)
    trade_off = [chart["y"] for chart in measure(program, page, folder) if chart["title"].startswith("The trade-off")]
    if not all("logarithmic above" in y for y in trade_off):
        found.append(f"the trade-off's axis does not say that it is logarithmic: {trade_off}")
    legend = re.search(r"<g class='legend'>.*?</g>\n", page, re.S)[0]
    unit = re.search(r"<text class='y-title'[^>]*>([^<]*)<", page)[1]
    tick = re.search(r"<text class='tick y'[^>]*>", page)[0]
    faults = {"a legend is gone": page.replace(legend, "", 1), "a unit is gone": page.replace(f">{unit}<", "><", 1),
              "a title is gone": re.sub(r"(<text class='title'[^>]*>)[^<]*", r"\1", page, count=1),
              "labels overlap": page.replace(tick, tick + "000000000000", 1),
              "a colour is gone": page.replace("--c:var(--k4)}", "}"),
              "it loads a script": page.replace("</main>", "<script src='x.js'></script></main>")}
    for fault, text in faults.items():
        if text == page or not of(text):
            found.append(f"not seen: {fault}")
    picture = os.path.join(folder, "crash.png")
    run_browser(program, f"--screenshot={picture}", "file://" + os.path.join(folder, "measured.html"))
    if os.path.getsize(picture) < SCREENSHOT_BYTES_MIN:
        found.append(f"the screenshot has {os.path.getsize(picture)} bytes")
    return found
