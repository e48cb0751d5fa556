"""Just enough SVG: shapes in one style, readable on light and dark pages."""
from xml.sax.saxutils import escape

INK, SOFT, LINE, FILL, ACCENT, PAPER = "#1f2328", "#57606a", "#8c959f", "#ddf4ff", "#0969da", "#ffffff"


class Picture:
    def __init__(self, width, height, title):
        self.width, self.height, self.title = width, height, title
        self.parts = []

    def add(self, text):
        self.parts.append(text)

    def box(self, x, y, width, height, fill=FILL, stroke=ACCENT, dash=""):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.add(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="{fill}" '
                 f'stroke="{stroke}"{dashes}/>')

    def text(self, x, y, text, size=12, colour=INK, anchor="start", bold=False):
        weight = ' font-weight="600"' if bold else ""
        self.add(f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}>'
                 f'{escape(text)}</text>')

    def line(self, points, colour=INK, width=1.2, arrow=False, dash=""):
        end = ' marker-end="url(#arrow)"' if arrow else ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.add(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}{end}/>')

    def __str__(self):
        head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
                f'width="{self.width:g}" height="{self.height:g}" '
                'font-family="ui-sans-serif, Helvetica, Arial, sans-serif">',
                "<!-- Drawn by docs/pictures/draw; do not edit. -->", f"<title>{escape(self.title)}</title>",
                '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
                f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{SOFT}"/></marker></defs>',
                f'<rect width="{self.width:g}" height="{self.height:g}" fill="{PAPER}"/>']
        return "\n".join([*head, *self.parts, "</svg>"]) + "\n"


def wrap(text, width):
    """`text` in lines of at most `width` characters."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
