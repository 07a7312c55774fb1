//! What a node holds when nothing happens, and when another takes less than it is told.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::far::{Far, Service};
use super::nodes::Nodes;
use super::resident::resident_bytes;
use super::rounds::Rounds;
use super::sheet::{Aim, Sheet};
use crate::bench::Failure;

/// How often the slow actor is told something at most, and for how long.
const TELLS_MAX: u64 = 10_000_000;
const TELLING_MAX: Duration = Duration::from_secs(60);

/// How often somebody looks at the memory meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What may be queued for one peer, on both sides, and what the allocator makes of it.
const GROWTH_MIB_MAX: f64 = 128.0;

const MIB: f64 = 1024.0 * 1024.0;

/// The memory of a process that is a node and has met another, beside one that answers plain TCP.
pub(super) fn measure_idle(sheet: &mut Sheet, rounds: u32) -> Result<(), Failure> {
    let mut memory = Rounds::default();
    for _ in 0..rounds {
        let far = Far::start(Service::Node)?;
        let _near = Nodes::start(&far)?;
        let plain = Far::start(Service::Tcp)?;
        let mib = |far: &Far| resident_bytes(far.pid()).map(|bytes| bytes as f64 / MIB);
        memory.push_beside_floor(mib(&far)?, mib(&plain)?);
    }
    sheet.tell("rss_idle", "MiB", &memory, None);
    Ok(())
}

/// Tells a slow actor far more than it takes: what is not refused may wait, within bounds.
pub(super) fn measure_slow_receiver(sheet: &mut Sheet) -> Result<(), Failure> {
    let far = Far::start(Service::Node)?;
    let nodes = Nodes::start(&far)?;
    let watch = Watch::start([std::process::id(), far.pid()])?;
    let (taken, refused) = nodes.tell_slow(TELLS_MAX, Instant::now() + TELLING_MAX)?;
    let [near, far] = watch.end()?;
    let mut tell = |name, unit, value, aim| {
        let mut rounds = Rounds::default();
        rounds.push(value);
        sheet.tell(name, unit, &rounds, aim);
    };
    tell("slow_receiver_taken", "1", taken as f64, None);
    tell("slow_receiver_refused", "1", refused as f64, None);
    let aim = Some(Aim::ValueMax(GROWTH_MIB_MAX));
    tell("slow_receiver_growth_near", "MiB", near as f64 / MIB, aim);
    tell("slow_receiver_growth_far", "MiB", far as f64 / MIB, aim);
    Ok(())
}

/// Looks at the memory of two processes again and again.
struct Watch {
    begun: [u64; 2],
    thread: thread::JoinHandle<[u64; 2]>,
    stop: mpsc::Sender<()>,
}

impl Watch {
    fn start(pids: [u32; 2]) -> Result<Self, Failure> {
        let [near, far] = pids;
        let begun = [resident_bytes(near)?, resident_bytes(far)?];
        let (stop, is_over) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut most = begun;
            while is_over.recv_timeout(LOOK_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
                for (most, pid) in most.iter_mut().zip(pids) {
                    *most = resident_bytes(pid).unwrap_or_default().max(*most);
                }
            }
            most
        });
        Ok(Self {
            begun,
            thread,
            stop,
        })
    }

    /// By how many bytes they have grown at most.
    fn end(self) -> Result<[u64; 2], Failure> {
        drop(self.stop);
        let most = self.thread.join().map_err(|_| "look at the memory")?;
        Ok([most[0] - self.begun[0], most[1] - self.begun[1]])
    }
}
