//! Messages between actors of two nodes in two processes: beside plain TCP, which is the floor, and
//! beside the SCTP stack alone, which is what there is to be had of it.
//!
//! Once with the processors as they are, where most of a round trip is the waking of an idle one, and
//! once with both processes on one processor, where it is work.

mod actors;
mod deaths;
mod far;
mod load;
mod memory;
mod nodes;
mod resident;
mod rounds;
mod sheet;
mod stack;
mod tcp;

use std::process::Command;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

pub(crate) use far::{FAR_WORD, main as far_main};

use super::Failure;
use super::args::{Args, Setting};
use far::{Far, Service};
use load::{Courier, Load, PAYLOAD_BYTES, Volley};
use nodes::Nodes;
use rounds::Rounds;
use sheet::{Aim, Sheet};
use stack::Stack;
use tcp::Tcp;

/// How long a turn lasts, where nothing is said.
const SECONDS: Duration = Duration::from_millis(300);

const ROUND_TRIP: Load = Load::Asks {
    in_flight: 1,
    bytes: PAYLOAD_BYTES,
};
const IN_FLIGHT: Load = Load::Asks {
    in_flight: 64,
    bytes: PAYLOAD_BYTES,
};
const TELLS: Load = Load::Tells {
    bytes: PAYLOAD_BYTES,
};
const BULK_BYTES: usize = 64 * 1024;
const BULK: Load = Load::Asks {
    in_flight: 16,
    bytes: BULK_BYTES,
};

/// Measures and tells: in this process, or in one process for each setting.
pub(super) fn run(bench: &Args) -> Result<(), Failure> {
    let setting = match bench.setting {
        Setting::Both => return run_both(bench),
        Setting::Free => "free",
        Setting::Pinned => {
            pin()?;
            "pinned"
        }
    };
    let mut sheet = Sheet::new(setting);
    measure(&mut sheet, bench)?;
    if !bench.json_only {
        eprint!("{}", sheet.table());
    }
    Ok(())
}

/// Runs this program again for each setting: threads keep the processors that they begin with.
fn run_both(bench: &Args) -> Result<(), Failure> {
    for setting in ["free", "pinned"] {
        let mut command = Command::new("/proc/self/exe");
        command.args(["bench", "messaging", "--setting", setting]);
        command.args(["--rounds", &bench.rounds.to_string()]);
        let seconds = bench.seconds.unwrap_or(SECONDS);
        command.args(["--seconds", &seconds.as_secs_f64().to_string()]);
        command.args(["--only", &bench.only]);
        command.args(bench.json_only.then_some("--json-only"));
        let status = command.status()?;
        if !status.success() {
            return Err(format!("measure in setting {setting}: {status}").into());
        }
    }
    Ok(())
}

/// Keeps this process, and those that it starts, on one processor.
fn pin() -> Result<(), Failure> {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this)?;
    let mut processors = (0..CpuSet::count()).filter(|it| allowed.is_set(*it) == Ok(true));
    let mut one = CpuSet::new();
    one.set(processors.next().ok_or("find a processor")?)?;
    Ok(sched_setaffinity(this, &one)?)
}

fn measure(sheet: &mut Sheet, bench: &Args) -> Result<(), Failure> {
    // Either may name more than one figure.
    let only = &bench.only;
    let is_wanted = |name: &str| name.starts_with(only) || only.starts_with(name);
    let loads = ["ask_rtt", "asks_in_flight_64", "tells", "bulk_64k"];
    if loads.into_iter().any(is_wanted) {
        measure_loads(sheet, bench, is_wanted)?;
    }
    if is_wanted("rss_idle") {
        memory::measure_idle(sheet, bench.rounds)?;
    }
    if is_wanted("slow_receiver") {
        memory::measure_slow_receiver(sheet)?;
    }
    deaths::measure(sheet, bench, is_wanted)
}

/// Measures the loads that are wanted, each in turns with its floors.
fn measure_loads(
    sheet: &mut Sheet,
    bench: &Args,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let is_pinned = bench.setting == Setting::Pinned;
    let far = Far::start(Service::All)?;
    let mut trio = Trio {
        nodes: Nodes::start(&far)?,
        tcp: Tcp::connect(far.tcp())?,
        stack: Stack::connect(far.stack())?,
        rounds: bench.rounds,
        lasts: bench.seconds.unwrap_or(SECONDS),
    };
    if is_wanted("ask_rtt") {
        let [p50, p99] = trio.round_trips()?;
        let aim = Aim::RatioMax(if is_pinned { 2.5 } else { 1.5 });
        sheet.tell("ask_rtt_p50", "us", &p50, Some(aim));
        sheet.tell("ask_rtt_p99", "us", &p99, None);
    }
    if is_wanted("asks_in_flight_64") {
        let rates = trio.rates(IN_FLIGHT, 1.0)?;
        sheet.tell(
            "asks_in_flight_64",
            "1/s",
            &rates,
            is_pinned.then_some(Aim::RatioMin(0.35)),
        );
    }
    if is_wanted("tells") {
        let rates = trio.rates(TELLS, 1.0)?;
        sheet.tell(
            "tells",
            "1/s",
            &rates,
            is_pinned.then_some(Aim::RatioMin(0.06)),
        );
    }
    if is_wanted("bulk_64k") {
        let rates = trio.rates(BULK, BULK_BYTES as f64 / 1e6)?;
        sheet.tell("bulk_64k", "MB/s", &rates, None);
    }
    Ok(())
}

/// What is measured and its two floors, in turns.
struct Trio {
    nodes: Nodes,
    tcp: Tcp,
    stack: Stack,
    rounds: u32,
    lasts: Duration,
}

impl Trio {
    /// One turn of each.
    fn turns(&mut self, load: Load, lasts: Duration) -> Result<[Volley; 3], Failure> {
        Ok([
            self.nodes.volley(load, lasts)?,
            self.tcp.volley(load, lasts)?,
            self.stack.volley(load, lasts)?,
        ])
    }

    /// All rounds of a load, after one that is not measured: caches fill, and buffers find their size.
    fn each_round(&mut self, load: Load, mut take: impl FnMut([Volley; 3])) -> Result<(), Failure> {
        self.turns(load, self.lasts / 4)?;
        for _ in 0..self.rounds {
            take(self.turns(load, self.lasts)?);
        }
        Ok(())
    }

    fn round_trips(&mut self) -> Result<[Rounds; 2], Failure> {
        let mut rounds = [Rounds::default(), Rounds::default()];
        self.each_round(ROUND_TRIP, |mut volleys| {
            for (rounds, share) in rounds.iter_mut().zip([0.5, 0.99]) {
                rounds.push_beside(volleys.each_mut().map(|volley| volley.trip_us(share)));
            }
        })?;
        Ok(rounds)
    }

    fn rates(&mut self, load: Load, each: f64) -> Result<Rounds, Failure> {
        let mut rounds = Rounds::default();
        self.each_round(load, |volleys| {
            rounds.push_beside(volleys.map(|volley| volley.per_second() * each));
        })?;
        Ok(rounds)
    }
}
