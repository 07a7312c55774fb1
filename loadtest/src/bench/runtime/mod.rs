//! The action runtime: what it adds to a launcher that is driven over its pipes, and flights between
//! containers.

mod connection;
mod container;
mod flights;
mod http;
mod pipes;

use std::time::Instant;

use super::args::Args;
use super::figure::{Samples, Sheet};
use super::{Failure, WARM_UP_ROUNDS};
use connection::Echo;
use container::Container;
use pipes::Pipes;

/// The action: as little as a function can do.
const NOOP: &str = "def main(params):\n    return {'n': params.get('n')}\n";

/// Measures all of it.
pub(super) async fn measure(bench: &Args) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new("runtime");
    let is_wanted = |name: &str| name.starts_with(&bench.only);
    if is_wanted("warm_run") {
        warm(&mut sheet, bench.n)?;
    }
    if is_wanted("cold_start") {
        cold(&mut sheet, bench.n.div_ceil(10))?;
    }
    if is_wanted("flight") {
        flights::measure(&mut sheet, bench.n).await?;
    }
    Ok(sheet)
}

/// `/run` over a new connection, beside the launcher over its pipes and a new connection to a server
/// that does nothing.
fn warm(sheet: &mut Sheet, n: u32) -> Result<(), Failure> {
    let container = Container::start()?;
    container.init(NOOP)?;
    let mut pipes = Pipes::start(NOOP)?;
    let echo = Echo::start()?;
    let (mut whole, mut runs) = (Samples::default(), Samples::default());
    let (mut asked, mut floors) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP_ROUNDS + n {
        let run = http::run_body(round);
        let connection = echo.exchange(&run)?;
        let launcher = pipes.ask(&run)?;
        let started = Instant::now();
        container.run(&run)?;
        let took = started.elapsed();
        if round >= WARM_UP_ROUNDS {
            whole.push(took);
            floors.push(connection + launcher);
            runs.push(took.saturating_sub(connection));
            asked.push(launcher);
        }
    }
    sheet.compare("warm_run", &whole, &floors);
    sheet.compare("warm_run_less_connection", &runs, &asked);
    Ok(())
}

/// From the start of the process to the first answer, beside the launcher's.
fn cold(sheet: &mut Sheet, n: u32) -> Result<(), Failure> {
    let (mut values, mut floors) = (Samples::default(), Samples::default());
    for round in 0..n {
        let run = http::run_body(round);
        let started = Instant::now();
        Pipes::start(NOOP)?.ask(&run)?;
        floors.push(started.elapsed());
        let started = Instant::now();
        let container = Container::start()?;
        container.init(NOOP)?;
        container.run(&run)?;
        values.push(started.elapsed());
    }
    sheet.compare("cold_start", &values, &floors);
    Ok(())
}
