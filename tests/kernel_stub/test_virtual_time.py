"""The clock: instructions and sleeps add up, what is due stops the machine, and every run is the same."""

from kernel_stub import processor
from kernel_stub.events import SignalPosted

SECOND = 1_000_000_000


def test_sleeping_advances_the_time_stamp_counter(linux):
    linux.kernel.clock.retired = 1234
    linux.call("nanosleep", linux.put_words(linux.rw, 1, 0), 0)
    assert processor.timestamp(linux.kernel.clock.now) == SECOND + 1234


def test_a_signal_for_a_time_stops_the_machine_at_its_position(linux):
    linux.kernel.deliver_at_time(SECOND, "SIGCHLD")
    assert linux.kernel.deadline == SECOND
    linux.kernel.clock.skip_to(SECOND // 4)
    assert linux.kernel.deadline == 3 * SECOND // 4


def test_the_soonest_of_all_is_the_deadline(linux):
    kernel = linux.kernel
    kernel.deliver_at(900, "SIGCHLD")
    kernel.deliver_at_time(800, "SIGCHLD")
    assert kernel.deadline == 800
    linux.call("setitimer", 0, linux.put_words(linux.rw, 0, 0, 0, 1), 0)
    assert kernel.deadline == 800
    kernel.clock.skip_to(500)
    assert kernel.deadline == 300
    kernel.deliver_at(200, "SIGCHLD")
    assert kernel.deadline == 200


def test_signals_for_one_moment_come_in_the_order_of_the_calls(linux):
    for name in ("SIGWINCH", "SIGCHLD", "SIGURG"):
        linux.kernel.deliver_at(100, name)
    linux.kernel.deliver_at(50, "SIGCONT")
    linux.registers = linux.kernel.registers
    linux.run(100)
    posted = [event.name for event in linux.kernel.events if isinstance(event, SignalPosted)]
    assert posted == ["SIGCONT", "SIGWINCH", "SIGCHLD", "SIGURG"]


def test_a_call_is_ended_by_what_was_due_at_its_instruction(linux):
    """The timer's position is the SYSCALL's: the handler runs before the next instruction."""
    linux.catch("SIGALRM")
    linux.call("setitimer", 0, linux.put_words(linux.rw, 0, 0, 0, 1), 0)
    linux.kernel.clock.retired = 1000
    linux.call("getpid")
    assert linux.registers.rip == linux.handler
    assert linux.frame()["uc_mcontext.rax"] == 4242


def scenario(guest):
    guest.catch("SIGALRM")
    guest.call("setitimer", 0, guest.put_words(guest.rw, 0, 70_000, 0, 70_000), 0)
    for step in range(20):
        guest.kernel.thread.blocked = 0
        guest.kernel.clock.retired += 1000 * step
        guest.call("nanosleep", guest.put_words(guest.rw, 0, 50_000_000), guest.rw + 16)
        yield guest.kernel.clock.now, guest.words(guest.rw + 16, 2), guest.texts


def test_a_checkpoint_holds_the_time_and_its_timers(linux):
    state = linux.kernel.checkpoint()
    first = list(scenario(linux))
    linux.kernel.restore(state)
    linux.put_words(linux.rw, 0, 0, 0, 0)
    assert linux.kernel.deadline is None
    assert list(scenario(linux)) == first
    assert len({now for now, _, _ in first}) == 20
