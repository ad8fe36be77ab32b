"""Draw the pictures of reports as PNG, without a browser.

Altair describes a picture, vl-convert renders it. Every picture says in its title what is shown
and on how many posts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt

Rows = Sequence[Mapping[str, Any]]
Picture = alt.LayerChart | alt.FacetChart | alt.VConcatChart | alt.Chart

_INK, _ACCENT = "#22303c", "#1f6f8b"
_SCALE = 2
_THEME: alt.theme.ThemeConfig = {
    "config": {
        "background": "white",
        "font": "DejaVu Sans, Verdana, sans-serif",
        "title": {"color": _INK, "fontSize": 14, "anchor": "start", "subtitleColor": "#5b6b77"},
        "axis": {
            "labelColor": _INK,
            "titleColor": _INK,
            "labelFontSize": 11,
            "gridColor": "#e9eef1",
        },
        "legend": {"labelColor": _INK, "titleColor": _INK},
        "view": {"stroke": None},
        "range": {"category": ["#1f6f8b", "#e07a3f", "#6b9a4b", "#8a5a9e", "#b0893b", "#5b6b77"]},
    }
}


def save_picture(chart: Picture, path: Path) -> None:
    """Write a chart as PNG in the look of all reports."""
    path.parent.mkdir(parents=True, exist_ok=True)
    alt.theme.register("tanggap", enable=True)(lambda: _THEME)
    chart.save(str(path), format="png", scale_factor=_SCALE)


def confusion_picture(
    confusion: Sequence[Sequence[int]], labels: Sequence[str], subtitle: str
) -> Picture:
    """Show which label was taken for which: counts, coloured by the share of the row."""
    rows = [
        {"gold": gold, "given": given, "posts": count, "share": count / max(1, sum(line))}
        for gold, line in zip(labels, confusion, strict=True)
        for given, count in zip(labels, line, strict=True)
    ]
    order = list(labels)
    frame = _chart(rows).encode(
        x=alt.X("given:N", sort=order, title="label given", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("gold:N", sort=order, title="gold label"),
    )
    colours = alt.Scale(domain=[0, 1], range=["#ffffff", _ACCENT], interpolate="rgb")
    cells = frame.mark_rect(stroke="white").encode(
        color=alt.Color("share:Q", scale=colours, title="share of row", legend=None)
    )
    ink = alt.condition("datum.share > 0.65", alt.value("white"), alt.value(_INK))
    counts = frame.mark_text(baseline="bottom", fontSize=13).encode(text="posts:Q", color=ink)
    shares = frame.mark_text(baseline="top", dy=3, fontSize=10).encode(
        text=alt.Text("share:Q", format=".0%"), color=ink
    )
    side = 84 * len(order)
    return alt.layer(cells, counts, shares).properties(
        title=alt.Title("Gold label and label given", subtitle=subtitle),
        width=max(side, 240),
        height=max(int(side * 0.7), 160),
    )


def reliability_picture(bins: Rows, subtitle: str) -> Picture:
    """Show how often verdicts of a confidence are right; `bins` have low, high, accuracy, posts.

    On the diagonal a confidence of 80 % is right in 80 of 100 posts.
    """
    frame = _chart(bins)
    ends = alt.X("low:Q", title="confidence", scale=alt.Scale(domain=[0, 1]), bin="binned")
    right = frame.mark_bar(color=_ACCENT, stroke="white").encode(
        x=ends,
        x2="high:Q",
        y=alt.Y("accuracy:Q", title="share right", scale=alt.Scale(domain=[0, 1])),
    )
    diagonal = (
        _chart([{"x": 0, "y": 0}, {"x": 1, "y": 1}])
        .mark_line(color=_INK, strokeDash=[5, 4])
        .encode(x="x:Q", y="y:Q")
    )
    posts = (
        frame.mark_bar(color="#9fb4bd", stroke="white")
        .encode(x=ends, x2="high:Q", y=alt.Y("posts:Q", title="posts"))
        .properties(width=360, height=80)
    )
    top = alt.layer(right, diagonal).properties(width=360, height=280)
    return alt.vconcat(top, posts).properties(
        title=alt.Title("Confidence and how often it is right", subtitle=subtitle)
    )


def coverage_picture(points: Rows, subtitle: str, mark: float = 0.8) -> Picture:
    """Show the accuracy on the most confident posts; `points` have coverage and accuracy.

    `mark` is the share of the posts at which a line stands.
    """
    curve = (
        _chart(points)
        .mark_line(color=_ACCENT, strokeWidth=2.5)
        .encode(
            x=alt.X("coverage:Q", title="share of posts kept, most confident first")
            .scale(domain=[0, 1])
            .axis(format="%"),
            y=alt.Y("accuracy:Q", title="share right").scale(zero=False).axis(format="%"),
        )
    )
    line = (
        _chart([{"coverage": mark}]).mark_rule(color=_INK, strokeDash=[5, 4]).encode(x="coverage:Q")
    )
    return alt.layer(curve, line).properties(
        title=alt.Title("Accuracy on the surest posts", subtitle=subtitle), width=420, height=280
    )


def bar_picture(rows: Rows, title: str, subtitle: str, *, unit: str = "posts") -> Picture:
    """Show amounts as bars; `rows` have group, part and amount, bars of a group stand together."""
    parts = list(dict.fromkeys(row["part"] for row in rows))
    groups = list(dict.fromkeys(row["group"] for row in rows))
    chart: Picture = (
        _chart(rows)
        .mark_bar()
        .encode(
            y=alt.Y("group:N", sort=groups, title=None),
            yOffset=alt.YOffset("part:N", sort=parts),
            x=alt.X("amount:Q", title=unit),
            color=alt.Color("part:N", sort=parts, title=None),
        )
        .properties(title=alt.Title(title, subtitle=subtitle), width=420)
    )
    return chart


def histogram_picture(values: Sequence[float], title: str, subtitle: str, *, unit: str) -> Picture:
    """Show how often each size occurs, such as the length of posts in tokens."""
    chart: Picture = (
        _chart([{"value": value} for value in values])
        .mark_bar(color=_ACCENT, stroke="white")
        .encode(
            x=alt.X("value:Q", bin=alt.Bin(maxbins=40), title=unit),
            y=alt.Y("count():Q", title="posts"),
        )
        .properties(title=alt.Title(title, subtitle=subtitle), width=420, height=240)
    )
    return chart


def _chart(rows: Rows) -> alt.Chart:
    values = [dict(row) for row in rows]
    return alt.Chart(alt.Data(values=values))  # type: ignore[no-untyped-call]
