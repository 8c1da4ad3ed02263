"""What a run finds: files, mounts, a working directory, Darwin's token."""

from __future__ import annotations

import pytest

from emu import Session, UserError, assemble, forge, trace

READS = """// dialect: intel
.globl _start
_start:
    mov eax, 2              # open
    lea rdi, [rip + name]
    xor esi, esi
    syscall
    mov edi, eax
    xor eax, eax            # read
    lea rsi, [rip + room]
    mov edx, 64
    syscall
    mov edx, eax
    mov eax, 1              # write
    mov edi, 1
    syscall
    mov eax, 60             # exit
    xor edi, edi
    syscall
.data
name: .asciz "greeting"
room: .skip 64
"""


@pytest.mark.parametrize("path", ["/home/greeting", "greeting", "./greeting"])
def test_files_are_there_at_the_start(path):
    assert trace(assemble(READS), cwd="/home", files={"/home/other": b"", path: "hello\n"}).output == "hello\n"


def test_a_file_is_the_users_who_may_write_it():
    assert trace("rawsyscall", "open", "/a", "O_RDWR", files={"/a": b"\xff"}).errno is None


def test_a_mount_shows_the_hosts_files(tmp_path):
    (tmp_path / "greeting").write_text("from the host")
    for mount in (f"{tmp_path}:/data", [f"{tmp_path}:/data"], (f"{tmp_path}:/elsewhere", f"{tmp_path}:/data")):
        t = trace(assemble(READS), mount=mount, cwd="/data")
        assert t.output == "from the host"


def test_a_view_of_a_run_has_the_same_mounts(tmp_path, require_module):
    require_module("anywidget", "pip install 'ringside[notebook]'")
    (tmp_path / "greeting").write_text("from the host")
    t = trace(assemble(READS), mount=f"{tmp_path}:/data", cwd="/data")
    (tmp_path / "greeting").write_text("changed since")
    assert t.view().reached["output"] == [[1, '"from the host"']]


def test_a_session_writes_back_when_it_is_told_to(tmp_path):
    s = Session("rawsyscall", "mkdir", "/data/new", "0o755", mount=f"{tmp_path}:/data:rw")
    s.run()
    assert list(tmp_path.iterdir()) == []
    s.write_back()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    s.restart()
    assert s.run().errno is None  # the guest's tree is as it was


def test_a_trace_writes_back_what_may_be_written(tmp_path):
    assert trace("rawsyscall", "mkdir", "/data/new", "0o755", mount=f"{tmp_path}:/data").errno == "EROFS"
    assert list(tmp_path.iterdir()) == []
    trace("rawsyscall", "mkdir", "/data/new", "0o755", mount=f"{tmp_path}:/data:rw")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_the_command_for_a_shell_says_them(tmp_path):
    s = Session("sigchld", mount=f"{tmp_path}:/data:rw", cwd="/data", system="darwin", sigreturn_token=True)
    options = f"--os darwin --mount {tmp_path}:/data:rw --cwd /data --sigreturn-token"
    assert s.plan.command == f"ringside trace sigchld {options}"
    assert Session("sigchld", files={"a": ""}).plan.command == ""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mount": "/data"}, "write HOST:GUEST"),
        ({"mount": 1}, "mount takes HOST:GUEST"),
        ({"mount": "/nowhere/at/all:/data"}, "No such file or directory"),
        ({"cwd": "data"}, "cwd is an absolute path of the guest's, not 'data'"),
        ({"cwd": "/nowhere"}, "/nowhere: No such file or directory"),
        ({"files": ["a"]}, "files takes contents by path"),
        ({"files": {"a": 1}}, "a is a string or bytes, not 1"),
        ({"files": {"/a": "", "/a/b": ""}}, "leads through a file"),
        ({"files": {"/dev/null": ""}}, "/dev/null is there already"),
        ({"files": {"/": ""}}, "files: "),
        ({"files": {"/a\0b": ""}}, "files takes contents by path"),
        ({"sigreturn_token": True}, "linux has no token for sigreturn"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told(wrong, message):
    with pytest.raises(UserError, match=message):
        Session("rawsyscall", **wrong)


@pytest.mark.parametrize(("token", "rip"), [(False, 0x1234), (True, None)])
def test_darwins_token_refuses_a_forged_frame(token: bool, rip: int | None):
    s = Session("rawsyscall", "sigreturn", "&1024", 30, 0, system="darwin", sigreturn_token=token)
    address = s.word("a1")
    frame = forge(address, {"ss.rip": 0x1234, "ss.rsp": s.registers.rsp}, system="darwin")
    s.write(address, bytes(frame))
    s.write("a1", frame.address_of("uc_onstack"))
    done = s.run(syscall="sigreturn")
    done = s.step()
    assert (done.sigreturns[0].registers.rip if rip else s.run().errno) == (rip or "EINVAL")
