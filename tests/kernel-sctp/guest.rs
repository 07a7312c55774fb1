//! A kernel that runs as a process, on the files of its host.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::statvfs::statvfs;

/// What the package `user-mode-linux` brings.
const KERNEL: &str = "linux.uml";
const MODULES: &str = "/usr/lib/uml/modules";

/// Programs of `kmod` and `iproute2`. The guest has no others than its host.
const TOOLS: [&str; 3] = ["modprobe", "ip", "tc"];

/// Enough for a few nodes. It lies in a file.
const MEMORY_MIB: u64 = 768;

/// What the script says last, with its exit status: that of the kernel does not tell.
const ENDED: &str = "raptor-guest: ended with status";

/// Runs the kernel, and kills it when standard input ends: because the test is over, or its process
/// gone, however it went. The kernel has processes of its own on the host, in a group that it makes.
const GUARD: &str = r#"
trap '' TERM INT HUP
exec 3<&0
"$@" </dev/null 3<&- &
kernel=$!
(exec >/dev/null; read -r line <&3; kill -KILL "-$kernel") &
guard=$!
wait $kernel
kill -KILL $guard
"#;

/// What is there to boot it.
#[derive(Debug)]
pub(crate) struct Guest {
    kernel: PathBuf,
}

/// It while it runs. It is killed if a test gives up.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Guest {
    /// Looks for the kernel and its tools; says what is missing.
    pub(crate) fn find() -> Result<Self, String> {
        let missing = |name: &str| format!("there is no {name}");
        for tool in TOOLS {
            program(tool).ok_or_else(|| missing(tool))?;
        }
        if !Path::new(MODULES).is_dir() {
            return Err(missing(MODULES));
        }
        let kernel = program(KERNEL).ok_or_else(|| missing(KERNEL))?;
        Ok(Self { kernel })
    }

    /// Runs a shell script as root of a machine with SCTP.
    ///
    /// # Panics
    ///
    /// If the script fails, or does not end in time.
    pub(crate) fn run(&self, time_max: Duration, script: &str) {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        let init = directory.path().join("init");
        fs::write(&init, init_script(script)).expect("the directory is ours");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&init, executable).expect("the file is ours");
        let mut running = self.boot(&init);
        let status = running.status(Instant::now() + time_max);
        assert_eq!(
            status.as_deref(),
            Some("0"),
            "the script failed in the guest"
        );
    }

    fn boot(&self, init: &Path) -> Running {
        let mut command = Command::new("sh");
        command
            .args(["-c", GUARD, "guard"])
            .arg(&self.kernel)
            .arg(format!("mem={MEMORY_MIB}M"))
            .args(["root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw"])
            .arg(format!("init={}", init.display()))
            .args(["con=null", "con0=fd:0,fd:1", "quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if !has_space(Path::new("/dev/shm")) {
            command.env("TMPDIR", env!("CARGO_TARGET_TMPDIR"));
        }
        let mut child = command.spawn().expect("it was found");
        let stdout = child.stdout.take().expect("it is piped");
        let (said, lines) = channel();
        thread::spawn(move || pass_on(stdout, |line| said.send(line).is_ok()));
        Running { child, lines }
    }
}

/// Prints what the guest says, and passes it on.
fn pass_on(stdout: impl Read, mut pass: impl FnMut(String) -> bool) {
    for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        println!("guest: {line}");
        if !pass(line) {
            return;
        }
    }
}

impl Running {
    /// Waits until the script has ended; gives its exit status if it has said it.
    fn status(&mut self, until: Instant) -> Option<String> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).ok()?;
            if let Some(status) = line.strip_prefix(ENDED) {
                return Some(status.trim().to_owned());
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // The guard does not fail, and there is nothing to be done if it did.
        let _ = self.child.wait();
    }
}

fn init_script(script: &str) -> String {
    format!(
        "#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run/tmp RUST_BACKTRACE=0
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/tmp /run/modules/lib
ln -s {MODULES} /run/modules/lib/modules
# The checksums and cookies of SCTP, SCTP, and networks that are slow, lossy, or several.
for module in md5 sha1_generic crc32c_generic hmac udp_tunnel sctp sch_netem veth; do
    modprobe -d /run/modules $module
done
ip link set lo up
echo 9899 >/proc/sys/net/sctp/udp_port
(
(
{script}
)
echo $? >/run/status
) 2>&1 | cut -c1-500
echo \"{ENDED} $(cat /run/status)\"
halt -f -p
"
    )
}

/// Whether the memory of the guest fits there.
fn has_space(directory: &Path) -> bool {
    statvfs(directory)
        .is_ok_and(|space| space.blocks_available() * space.fragment_size() > MEMORY_MIB << 20)
}

/// A program of the system's.
fn program(name: &str) -> Option<PathBuf> {
    let places = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let mut found = places.map(|place| Path::new(place).join(name)).into_iter();
    found.find(|path| path.is_file())
}
