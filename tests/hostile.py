"""Texts that strangers write to do harm, wherever a text of theirs is shown."""

from __future__ import annotations

XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
)
MARKS = (
    "{{ 7*7 }}{% raw %}",
    "${7*7}",
    "#{7*7}",
    "%(x)s %s %d",
    "{0.__class__}",
    "\\u202e gnp.exe",
)
ODD = ("\u202eevil\u202c", "a\u200b\u200d\ufeffb", "\ufffd", "i̸̧̢̛͓̘͇̿", "x" * 100_000, "\r\n\t", "ﷺ" * 50)
