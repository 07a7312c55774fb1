//! Flights between the containers of a miniature OpenWhisk.

use std::io::{Cursor, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mini_openwhisk::{Action, Config, MiniOpenWhisk, Reply};
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::Failure;
use super::super::figure::{Samples, Sheet};
use super::pipes::Pipes;
use crate::container;

/// Two functions without dependencies.
const MANIFEST: &str = r#"{ "__OW_NUM_CONCURRENCY": 2,
    "a": { "depends": [], "file": "flown.py" }, "b": { "depends": [], "file": "flown.py" } }"#;

/// Each takes 400 ms, whoever runs it.
const EQUAL: &str = "
import time
def a(params): time.sleep(0.4); return {}
def b(params): time.sleep(0.4); return {}
";

/// Each takes the leader 3 s, and its follower 100 ms.
const UNEQUAL: &str = "
import os, time
def work(): time.sleep(3.0 if os.environ['RAPTOR_MEMBER'] == '0' else 0.1); return {}
def a(params): return work()
def b(params): return work()
";

/// A flight takes half a second.
const SAMPLES_MAX: u32 = 30;

/// How long containers have between two activations: what a flight has taken is made up for then.
const PAUSE: Duration = Duration::from_millis(100);

/// Every sample of first flights starts an OpenWhisk.
const FIRST_SAMPLES_MAX: u32 = 10;

/// Measures `/run` at the leader.
pub(super) async fn measure(sheet: &mut Sheet, n: u32) -> Result<(), Failure> {
    let n = n.min(SAMPLES_MAX);
    let equal = flights("flight_of_2", EQUAL, n).await?;
    let first = first_flights(n.min(FIRST_SAMPLES_MAX)).await?;
    // What nobody can be faster than, as the launcher takes it over its pipes.
    let mut once = floor("import time\ndef main(params): time.sleep(0.4); return {}\n")?;
    sheet.compare("flight_of_2_equal", &equal, &once);
    sheet.compare("flight_of_2_equal_first", &first, &once);
    let unequal = flights("flight_of_2", UNEQUAL, n).await?;
    once = floor("import time\ndef main(params): time.sleep(0.2); return {}\n")?;
    sheet.compare("flight_of_2_slow_leader", &unequal, &once);
    Ok(())
}

/// As many flights, one after the other, after one that is not counted.
async fn flights(name: &str, source: &str, n: u32) -> Result<Samples, Failure> {
    let whisk = openwhisk()?;
    whisk.put(name, action(source)?);
    whisk.prewarm(name, 2).await?;
    let mut samples = Samples::default();
    for round in 0..=n {
        let took = flight(&whisk, name).await?;
        tokio::time::sleep(PAUSE).await;
        if round > 0 {
            samples.push(took);
        }
    }
    Ok(samples)
}

/// The first flight of its leader, and of its follower, which are both initialised.
async fn first_flights(n: u32) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for _ in 0..n {
        let whisk = openwhisk()?;
        whisk.put("first", action(EQUAL)?);
        whisk.prewarm("first", 2).await?;
        tokio::time::sleep(PAUSE).await;
        samples.push(flight(&whisk, "first").await?);
    }
    Ok(samples)
}

async fn flight(whisk: &MiniOpenWhisk, name: &str) -> Result<Duration, Failure> {
    let Reply { status, body } = whisk.invoke(name, json!({})).await;
    match body["runMicroseconds"].as_u64() {
        Some(took) if status == 200 => Ok(Duration::from_micros(took)),
        _ => Err(format!("fly: it was answered {status}: {body}").into()),
    }
}

fn floor(source: &str) -> Result<Samples, Failure> {
    const SAMPLES: u32 = 5;
    let mut pipes = Pipes::start(source)?;
    let mut samples = Samples::default();
    for _ in 0..SAMPLES {
        samples.push(pipes.ask(r#"{"value":{}}"#)?);
    }
    Ok(samples)
}

fn openwhisk() -> Result<MiniOpenWhisk, Failure> {
    let runtime = vec![std::env::current_exe()?.into(), container::WORD.into()];
    let mut config = Config::new(runtime);
    // Nothing is frozen between two flights.
    config.pause_grace = Duration::from_secs(60);
    Ok(MiniOpenWhisk::start(config)?)
}

fn action(source: &str) -> Result<Action, Failure> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("action-manifest.json", MANIFEST), ("flown.py", source)] {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(content.as_bytes())?;
    }
    let bytes = archive.finish()?.into_inner();
    Ok(Action::new(STANDARD.encode(bytes), true))
}
