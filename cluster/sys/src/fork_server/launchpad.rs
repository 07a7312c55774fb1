//! From an order to a running program.
//!
//! The child is made as `posix_spawn` makes one: it shares the server's memory until it executes,
//! and the server sleeps for that long (`CLONE_VM | CLONE_VFORK`). So nothing is copied, and the
//! child can say exactly what failed. In return it must do nothing but system calls: it may
//! neither allocate nor lock nor panic.
#![expect(unsafe_code, reason = "clone, and system calls between clone and exec")]

use std::convert::Infallible;
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};

use nix::errno::Errno;
use nix::unistd::{Pid, getpid};

use super::datagram::DESCRIPTORS_COUNT;
use super::protocol::{Order, Refusal, Target};
use super::step::Step;
use crate::hardening::Credentials;
use crate::wait;

/// The child's stack until it executes; its deepest call is a system call.
const STACK_BYTES: usize = 64 * 1024;

/// Where the fork server starts programs.
pub(super) struct Launchpad {
    /// `u128`, since stacks are aligned to 16 bytes.
    stack: Vec<u128>,
    own_program: OwnedFd,
    server: Pid,
    nice: c_int,
}

/// All that the child needs, laid out before it exists.
struct Plan<'a> {
    paths: Vec<*const c_char>,
    own_program: RawFd,
    argv: Vec<*const c_char>,
    env: Vec<*const c_char>,
    dir: &'a CStr,
    descriptors: [RawFd; DESCRIPTORS_COUNT],
    memory_bytes_max: Option<u64>,
    nice: Option<c_int>,
    credentials: Option<Credentials>,
    server: Pid,
    /// Where the child says what failed; 0 as long as nothing did.
    errno: AtomicI32,
    step: AtomicU8,
}

impl Launchpad {
    /// A launchpad in this process, which executes `own_program` as [`Target::Own`].
    pub(super) fn new(own_program: OwnedFd) -> Self {
        // SAFETY: it takes numbers. It cannot fail for the caller itself.
        let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        Self {
            stack: vec![0; STACK_BYTES / size_of::<u128>()],
            own_program,
            server: getpid(),
            nice,
        }
    }

    /// Starts what `order` says, with `descriptors` as its descriptors from 0.
    ///
    /// All signals must be blocked in this process, and none of them handled, so that the child
    /// has only to unblock them. Descriptors 0 to 3 must be open, so that none of `descriptors`
    /// is among them.
    pub(super) fn launch(
        &mut self,
        order: &Order,
        descriptors: &[OwnedFd; DESCRIPTORS_COUNT],
    ) -> Result<Pid, Refusal> {
        let plan = self.plan(order, descriptors);
        let leader = self
            .clone_child(&plan)
            .map_err(|errno| Refusal::failed(Step::Fork, errno))?;
        let errno = plan.errno.load(Ordering::Relaxed);
        if errno == 0 {
            return Ok(leader);
        }
        // It gave the memory back, so it is about to end.
        wait::reap(leader);
        let step = Step::from_number(plan.step.load(Ordering::Relaxed));
        Err(Refusal::Failed { step, errno })
    }

    fn plan<'a>(&self, order: &'a Order, given: &[OwnedFd; DESCRIPTORS_COUNT]) -> Plan<'a> {
        let paths = match &order.target {
            Target::Own => Vec::new(),
            Target::Paths(paths) => pointers(paths),
        };
        // 19 is the kernel's greatest.
        let nice = self.nice.saturating_add(order.nice).clamp(-20, 19);
        Plan {
            paths,
            own_program: self.own_program.as_raw_fd(),
            argv: pointers(&order.argv),
            env: pointers(&order.env),
            dir: &order.dir,
            descriptors: given.each_ref().map(AsRawFd::as_raw_fd),
            memory_bytes_max: order.memory_bytes_max,
            nice: (nice != self.nice).then_some(nice),
            credentials: order.credentials,
            server: self.server,
            errno: AtomicI32::new(0),
            step: AtomicU8::new(0),
        }
    }

    fn clone_child(&mut self, plan: &Plan<'_>) -> Result<Pid, Errno> {
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        let top = self.stack.as_mut_ptr_range().end;
        let plan = ptr::from_ref(plan).cast_mut().cast();
        // SAFETY: the stack, the plan and what it points at outlive the child's use of them,
        // since CLONE_VFORK returns only when the child has executed or exited; the stack grows
        // down from its aligned end and is used by one child at a time, as `&mut self` says; the
        // child makes only system calls and writes only to its stack, `errno` and the atomics.
        let pid = unsafe { libc::clone(child, top.cast(), flags, plan) };
        Errno::result(pid).map(Pid::from_raw)
    }
}

/// The addresses of `texts`, and the null that ends such a list.
fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    let addresses = texts.iter().map(|text| text.as_ptr());
    addresses.chain([ptr::null()]).collect()
}

/// What the child runs: it executes, or says why not.
extern "C" fn child(plan: *mut c_void) -> c_int {
    // SAFETY: `clone_child` passes a plan, which lives until this process executes or exits.
    let plan = unsafe { &*plan.cast_const().cast::<Plan<'_>>() };
    let Err((step, errno)) = plan.carry_out();
    plan.step.store(step as u8, Ordering::Relaxed);
    plan.errno.store(errno as i32, Ordering::Relaxed);
    // SAFETY: it ends this process alone and runs nothing else.
    unsafe { libc::_exit(127) }
}

/// Turns the -1 of a system call into the step that failed.
fn check(step: Step, done: impl Into<c_long>) -> Result<(), (Step, Errno)> {
    match done.into() {
        -1 => Err((step, Errno::last())),
        _ => Ok(()),
    }
}

/// Runs in the child: only system calls from here on.
impl Plan<'_> {
    fn carry_out(&self) -> Result<Infallible, (Step, Errno)> {
        // SAFETY: it takes numbers.
        check(Step::Group, unsafe { libc::setpgid(0, 0) })?;
        self.take_descriptors()?;
        // Before credentials are dropped: the way to it may be closed to the attempt's user.
        // SAFETY: a C string that outlives the call.
        check(Step::Directory, unsafe { libc::chdir(self.dir.as_ptr()) })?;
        self.take_limits()?;
        self.take_credentials()?;
        self.tie_to_server()?;
        // Last: from here on a signal that was sent meanwhile ends it.
        // SAFETY: the set is plain data, initialised by sigemptyset.
        check(Step::Signals, unsafe {
            let mut none: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut())
        })?;
        Err((Step::Execute, self.execute()))
    }

    /// Puts each descriptor into its place, and closes all others on exec.
    fn take_descriptors(&self) -> Result<(), (Step, Errno)> {
        for (place, given) in (0..).zip(self.descriptors) {
            // SAFETY: it takes numbers; the descriptor table is the child's own.
            check(Step::Descriptors, unsafe { libc::dup2(given, place) })?;
        }
        let first = DESCRIPTORS_COUNT as c_long;
        let last = c_long::from(libc::c_uint::MAX);
        // SAFETY: it takes numbers. All that the server opens is closed on exec already; this is
        // for what it does not know of.
        check(Step::Descriptors, unsafe {
            libc::syscall(
                libc::SYS_close_range,
                first,
                last,
                libc::CLOSE_RANGE_CLOEXEC,
            )
        })
    }

    /// There are no core files either: that limit the server has, and its children inherit it.
    fn take_limits(&self) -> Result<(), (Step, Errno)> {
        if let Some(bytes) = self.memory_bytes_max {
            let limit = libc::rlimit {
                rlim_cur: bytes,
                rlim_max: bytes,
            };
            // SAFETY: a structure that outlives the call.
            check(Step::Limits, unsafe {
                libc::setrlimit(libc::RLIMIT_DATA, &raw const limit)
            })?;
        }
        if let Some(nice) = self.nice {
            // SAFETY: it takes numbers.
            check(Step::Nice, unsafe {
                libc::setpriority(libc::PRIO_PROCESS, 0, nice)
            })?;
        }
        Ok(())
    }

    /// Straight to the kernel: the C library's functions would have to tell other threads.
    fn take_credentials(&self) -> Result<(), (Step, Errno)> {
        if let Some(Credentials { uid, gid }) = self.credentials {
            // SAFETY: they take numbers, and an empty list; they change this process alone.
            check(Step::Credentials, unsafe {
                libc::syscall(libc::SYS_setgroups, 0, ptr::null::<libc::gid_t>())
            })?;
            // SAFETY: as above.
            check(Step::Credentials, unsafe {
                libc::syscall(libc::SYS_setresgid, gid, gid, gid)
            })?;
            // SAFETY: as above.
            check(Step::Credentials, unsafe {
                libc::syscall(libc::SYS_setresuid, uid, uid, uid)
            })?;
        }
        // SAFETY: it takes numbers.
        check(Step::Privileges, unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        })
    }

    /// The attempt dies with the server's only thread. A change of credentials unties it, so this
    /// follows it.
    fn tie_to_server(&self) -> Result<(), (Step, Errno)> {
        // SAFETY: it takes numbers.
        check(Step::DeathSignal, unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL)
        })?;
        // SAFETY: it takes nothing.
        match unsafe { libc::getppid() } {
            parent if parent == self.server.as_raw() => Ok(()),
            // The server died before it was tied to it.
            _ => Err((Step::DeathSignal, Errno::ESRCH)),
        }
    }

    /// Executes, or says why not. As `execvp`, goes on from a file that is not there or may not
    /// be executed, and remembers the latter.
    fn execute(&self) -> Errno {
        let (argv, env) = (self.argv.as_ptr(), self.env.as_ptr());
        if self.paths.is_empty() {
            // SAFETY: lists of C strings that end with null and outlive the call.
            unsafe {
                let flags = libc::AT_EMPTY_PATH;
                let path = c"".as_ptr();
                libc::syscall(libc::SYS_execveat, self.own_program, path, argv, env, flags);
            }
            return Errno::last();
        }
        let mut refused = Errno::ENOENT;
        for path in &self.paths[..self.paths.len() - 1] {
            // SAFETY: as above.
            unsafe { libc::execve(*path, argv, env) };
            match Errno::last() {
                Errno::EACCES => refused = Errno::EACCES,
                Errno::ENOENT | Errno::ENOTDIR => {}
                other => return other,
            }
        }
        refused
    }
}
