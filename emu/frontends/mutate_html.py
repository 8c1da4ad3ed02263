"""The mutants of a routine as one page: nothing is loaded from elsewhere, and no script runs."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from emu.frontends.mutate_command import mutation, reason, summary
from emu.mutants.hunt import Hunt, Judged

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em;
       color: #1b1b1b; background: #fff; }
h1 { font-size: 1.4em; }
h2 { font: bold 1em ui-monospace, monospace; margin: 1.5em 0 .3em; }
h2 .line { color: #767676; display: inline-block; min-width: 4ch; }
table { border-collapse: collapse; width: 100%; font: 13px/1.4 ui-monospace, monospace; }
th { text-align: left; font-family: system-ui, sans-serif; }
td, th { padding: .15em .8em .15em 0; vertical-align: top; border-bottom: 1px solid #e4e4e4; }
td.kind, td.verdict { white-space: nowrap; }
.killed .verdict { color: #1b6e2c; } .survived .verdict { color: #b3001b; font-weight: bold; }
.equivalent .verdict { color: #7a5a00; }
.tally { font-size: .9em; color: #555; font-family: system-ui, sans-serif; font-weight: normal; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #161616; } td, th { border-color: #333; }
  .killed .verdict { color: #6fce82; } .survived .verdict { color: #ff7a8a; } .equivalent .verdict { color: #e0bd5a; }
  h2 .line, .tally { color: #999; }
}
"""


def document(found: Hunt) -> str:
    """The page."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Hunt) -> Iterator[str]:
    contract, symbol = found.contract, escape(found.sources.symbol)
    title = f"Mutants of {symbol} under {escape(contract.name)} on {escape(contract.system)}"
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"
    yield f"<p>{escape(summary(found))}.</p>"
    if found.survivors:
        yield "<h2>Survivors</h2>"
        yield from _table(found, found.survivors)
    for line, text, judged in _by_line(found):
        yield f'<h2><span class="line">{line}</span> {escape(text)} <span class="tally">{_tally(judged)}</span></h2>'
        yield from _table(found, judged)
    yield f"<p>Same effect means: {escape(found.compared)}.</p>\n</body>\n</html>"


def _by_line(found: Hunt) -> Iterator[tuple[int, str, list[Judged]]]:
    """The mutants of each statement, with its line as it stands in the source."""
    lines = found.sources.text.split("\n")
    for index in dict.fromkeys(each.mutant.index for each in found.judged):
        group = [each for each in found.judged if each.mutant.index == index]
        number = group[0].mutant.line
        text = " ".join(lines[number - 1].split()) if number <= len(lines) else group[0].mutant.before
        yield number, text, group


def _tally(judged: list[Judged]) -> str:
    survived = sum(each.judgement.verdict.value == "survived" for each in judged)
    equivalent = sum(each.judgement.verdict.equivalent for each in judged)
    killed = len(judged) - survived - equivalent
    counts = ((killed, "killed"), (equivalent, "equivalent"), (survived, "survived"))
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def _table(found: Hunt, judged: list[Judged]) -> Iterator[str]:
    yield "<table><tr><th>kind</th><th>mutation</th><th>verdict</th><th>by</th></tr>"
    for each in judged:
        verdict = each.judgement.verdict
        cells = (
            ("kind", each.mutant.kind),
            ("mutation", mutation(each)),
            ("verdict", verdict.value),
            ("by", reason(found, each)),
        )
        row = "".join(f'<td class="{name}">{escape(text)}</td>' for name, text in cells)
        yield f'<tr class="{"equivalent" if verdict.equivalent else verdict.value}">{row}</tr>'
    yield "</table>"
