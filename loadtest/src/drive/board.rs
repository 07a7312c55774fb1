//! What became of the workflows so far, and how that is shown while the run goes on.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::policy::Policy;
use crate::sample::Sample;
use crate::statistics::histogram::Histogram;

/// How often a terminal shows what is new: more often, nobody reads it.
const SCREEN_PERIOD: Duration = Duration::from_millis(200);

/// How often a line is written where there is no terminal: logs are to be read afterwards.
const LINE_PERIOD: Duration = Duration::from_secs(10);

/// What became of the workflows so far.
pub(super) struct Board {
    /// Every workflow, in the order of their ends.
    pub(super) samples: Vec<Sample>,
    /// How many were left behind under way.
    pub(super) left: usize,
    tallies: Vec<Tally>,
    view: View,
    shown: Instant,
    began: Instant,
}

/// What became of one policy's workflows, warming up or not.
struct Tally {
    policy: Policy,
    done: usize,
    wanted: usize,
    failures: usize,
    latencies: Histogram,
}

/// How it is shown.
enum View {
    /// A bar for each policy.
    Screen(
        Vec<ProgressBar>,
        #[expect(dead_code, reason = "it draws the bars")] MultiProgress,
    ),
    /// A line now and then.
    Lines,
    /// Not at all.
    Quiet,
}

impl Board {
    /// For so many workflows of each of these policies.
    pub(super) fn new(policies: &[Policy], wanted: usize, is_quiet: bool) -> Self {
        let tally = |policy: &Policy| Tally {
            policy: *policy,
            done: 0,
            wanted,
            failures: 0,
            latencies: Histogram::default(),
        };
        let view = match (is_quiet, std::io::stderr().is_terminal()) {
            (true, _) => View::Quiet,
            (false, true) => screen(policies, wanted),
            (false, false) => View::Lines,
        };
        let now = Instant::now();
        Self {
            samples: Vec::new(),
            left: 0,
            tallies: policies.iter().map(tally).collect(),
            view,
            shown: now,
            began: now,
        }
    }

    /// Keeps a workflow that has ended.
    pub(super) fn add(&mut self, sample: Sample) {
        self.tallies[sample.policy].add(&sample);
        self.samples.push(sample);
        let period = match self.view {
            View::Screen(..) => SCREEN_PERIOD,
            View::Lines => LINE_PERIOD,
            View::Quiet => return,
        };
        if self.shown.elapsed() >= period {
            self.show();
        }
    }

    /// Notes that so many under way were left behind.
    pub(super) fn leave(&mut self, count: usize) {
        self.left += count;
    }

    /// Says something on standard error, without disturbing what is shown.
    pub(super) fn say(&self, what: &str) {
        match &self.view {
            View::Screen(bars, _) => bars.iter().take(1).for_each(|bar| bar.println(what)),
            View::Lines => eprintln!("{what}"),
            View::Quiet => {}
        }
    }

    fn show(&mut self) {
        let took = self.began.elapsed();
        match &self.view {
            View::Screen(bars, _) => {
                for (bar, tally) in bars.iter().zip(&self.tallies) {
                    bar.set_position(tally.done as u64);
                    bar.set_message(tally.figures(took));
                }
            }
            View::Lines => {
                let line = |tally: &Tally| {
                    let Tally {
                        policy,
                        done,
                        wanted,
                        ..
                    } = tally;
                    format!("{policy} {done}/{wanted} {}", tally.figures(took))
                };
                let lines: Vec<_> = self.tallies.iter().map(line).collect();
                eprintln!("{:>5} s: {}", took.as_secs(), lines.join("; "));
            }
            View::Quiet => {}
        }
        self.shown = Instant::now();
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if let View::Screen(bars, _) = &self.view {
            bars.iter().for_each(ProgressBar::finish_and_clear);
        }
    }
}

impl Tally {
    fn add(&mut self, sample: &Sample) {
        self.done += 1;
        if sample.has_landed() {
            self.latencies.record(sample.latency());
        } else {
            self.failures += 1;
        }
    }

    /// How it goes, after so long.
    fn figures(&self, took: Duration) -> String {
        let rate = self.done as f64 / took.as_secs_f64();
        let quantile = |share| match self.latencies.quantile(share) {
            Some(latency) => format!("{:.1}", latency.as_secs_f64() * 1e3),
            None => "-".to_owned(),
        };
        let (p50, p99, failures) = (quantile(0.5), quantile(0.99), self.failures);
        format!("{rate:.1}/s  p50 {p50} ms  p99 {p99} ms  {failures} failed")
    }
}

fn screen(policies: &[Policy], wanted: usize) -> View {
    let all = MultiProgress::new();
    let style = ProgressStyle::with_template("{prefix:<14} {bar:24} {pos}/{len} {eta:>4}  {msg}");
    let style = style.expect("the template is right");
    let bar = |policy: &Policy| {
        let bar = all.add(ProgressBar::new(wanted as u64).with_style(style.clone()));
        bar.set_prefix(policy.to_string());
        bar
    };
    let bars = policies.iter().map(bar).collect();
    View::Screen(bars, all)
}
