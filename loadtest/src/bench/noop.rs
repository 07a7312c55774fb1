//! Flights that do nothing: from the client's request to its answer.

use std::time::{Duration, Instant};

use raptor_cluster::{Answer, Bundle, Client, Invocation};

use super::figure::{Samples, Sheet};
use super::{Failure, WARM_UP_ROUNDS, process};

/// The action: one function, which gives `{}`.
const ACTION: &str = r#"{ "noop": { "depends": [], "exec": ["raptor", "fn", "noop"] } }"#;

/// Measures flights of `size` members beside as many processes of the same function, started and
/// reaped together.
pub(super) async fn measure(
    sheet: &mut Sheet,
    client: &Client,
    size: u16,
    n: u32,
) -> Result<(), Failure> {
    let bundle = Bundle::from_manifest(ACTION)?;
    let invocation = Invocation {
        size: Some(size),
        ..Invocation::new(bundle)
    };
    let (mut flights, mut floors) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP_ROUNDS + n {
        let floor = floor(size)?;
        let flight = flight(client, invocation.clone()).await?;
        if round >= WARM_UP_ROUNDS {
            floors.push(floor);
            flights.push(flight);
        }
    }
    sheet.compare(&format!("noop_flight_n{size}_k1"), &flights, &floors);
    Ok(())
}

/// One flight, from the request to the answer.
pub(super) async fn flight(client: &Client, invocation: Invocation) -> Result<Duration, Failure> {
    let start = Instant::now();
    let mut activation = client.invoke(invocation);
    let answer = activation.answer().await?;
    let took = start.elapsed();
    let Answer::Landed(_) = answer else {
        return Err(format!("land: {answer}").into());
    };
    // Nothing of it runs beside the next floor.
    activation.record().await?;
    Ok(took)
}

fn floor(size: u16) -> Result<Duration, Failure> {
    let start = Instant::now();
    let children: Result<Vec<_>, _> = (0..size)
        .map(|_| process::spawn(&["fn", "noop"], "{}"))
        .collect();
    for mut child in children? {
        if !child.wait()?.success() {
            return Err("run the function without a node".into());
        }
    }
    Ok(start.elapsed())
}
