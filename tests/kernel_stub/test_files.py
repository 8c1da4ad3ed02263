"""Descriptors and open file descriptions: who holds what, over several tables."""

import copy

import pytest

from kernel_stub.files import FileTable, OpenFile
from kernel_stub.outcomes import Errno
from kernel_stub.pipes import Pipe, ReadEnd, WriteEnd


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


@pytest.fixture
def table(pipe: Pipe) -> FileTable:
    """A table with the pipe's read end at 0 and its write end at 1."""
    table = FileTable(limit=8)
    table.install(OpenFile(ReadEnd(pipe), True, False))
    table.install(OpenFile(WriteEnd(pipe), False, True), close_on_exec=True)
    return table


def test_a_copy_has_the_same_open_files_and_numbers_of_its_own(table: FileTable) -> None:
    child = table.copy()
    child.get(0).open_file.flags = 0x800
    assert table.get(0).open_file.flags == 0x800
    child.get(0).close_on_exec = True
    assert not table.get(0).close_on_exec
    assert child.limit == 8
    assert child.get(1).close_on_exec


def test_an_end_is_closed_with_the_last_descriptor_of_all_tables(table: FileTable, pipe: Pipe) -> None:
    child = table.copy()
    table.close(1)
    assert pipe.writing
    table.replace(2, child.get(1).open_file)
    child.close_all()
    assert pipe.writing and pipe.reading
    assert not child.descriptors
    table.close(2)
    assert not pipe.writing
    table.close_all()
    assert not pipe.reading


def test_a_number_replaced_by_its_own_open_file_stays_open(table: FileTable, pipe: Pipe) -> None:
    table.replace(1, table.get(1).open_file)
    assert pipe.writing
    table.close(1)
    assert not pipe.writing


def test_a_checkpoint_counts_for_itself(table: FileTable, pipe: Pipe) -> None:
    parent, child, again = copy.deepcopy((table, table.copy(), pipe))
    table.close_all()
    parent.close(1)
    assert again.writing
    child.close(1)
    assert not again.writing
    assert pipe.writing  # its own copy still has the child's


def test_a_full_table_holds_nothing_more(pipe: Pipe) -> None:
    table, end = FileTable(limit=1), OpenFile(ReadEnd(pipe), True, False)
    table.install(end)
    with pytest.raises(Errno, match="EMFILE"):
        table.install(end)
    table.close(0)
    assert not pipe.reading
