"""The stepper view of a trace and of a session."""

from __future__ import annotations

import builtins

import pytest

from emu import Session, assemble, trace


def test_a_traces_view_shows_all_of_the_run(require_module):
    require_module("anywidget", "pip install 'ringside[notebook]'")
    t = trace("rawsyscall", "close", 99, system="darwin", returns="EINTR")
    view = t.view()
    assert view.reached["total"] == len(t) + 1  # and the line that says how it ended
    assert view.reached["ending"] == t.ending
    assert view.head["command"] == "ringside trace rawsyscall close 99 --os darwin --returns EINTR"


def test_a_sessions_view_goes_on_from_where_the_machine_stands(require_module):
    require_module("anywidget", "pip install 'ringside[notebook]'")
    s = Session("sigchld")
    s.run(signal="SIGCHLD")
    begun = s.position
    view = s.view()
    assert s.position > begun
    assert view.head["title"] == "sigchld on linux"
    view.run(10_000)
    assert s.over


def test_own_code_has_no_command(require_module):
    require_module("anywidget", "pip install 'ringside[notebook]'")
    assert trace(assemble("TEXT f(SB),7,$0\n\tRET\n")).view().head["command"] == ""


def test_without_anywidget_it_says_how_to_install_it(monkeypatch):
    imported = builtins.__import__

    def missing(name, *rest, **named):
        if name == "anywidget":
            raise ModuleNotFoundError("No module named 'anywidget'")
        return imported(name, *rest, **named)

    monkeypatch.delitem(__import__("sys").modules, "emu.frontends.notebook.widget", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'ringside\[notebook\]'"):
        trace("rawsyscall", "close", 99).view()
