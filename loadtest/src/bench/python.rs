//! Flights of one Python function that does nothing, with and without a process that waits for it.

use std::env;
use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use raptor_cluster::{Bundle, Invocation, LocalCluster, NodeConfig};

use super::figure::{Samples, Sheet};
use super::{Failure, WARM_UP_ROUNDS, noop};

const MANIFEST: &str = r#"{ "noop": { "depends": [], "file": "noop.py" } }"#;
const SOURCE: &str = "def noop(args): return {}\n";

/// Between two flights: a process that was taken is made up for meanwhile, which takes about 20 ms.
const PAUSE: Duration = Duration::from_millis(100);

/// Measures flights on a node where so many processes may wait, beside a bare interpreter that does
/// nothing. Without Python there is no figure.
pub(super) async fn measure(
    sheet: &mut Sheet,
    name: &str,
    warm_max: u16,
    n: u32,
) -> Result<(), Failure> {
    if let Err(error) = floor() {
        eprintln!("{name} is left out: there is no python3 ({error})");
        return Ok(());
    }
    let cluster =
        LocalCluster::start_with(1, |config: &mut NodeConfig| config.warm_max = warm_max).await?;
    let client = cluster.client(0).await?;
    let bundle = bundle()?;
    let (mut flights, mut floors) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP_ROUNDS + n {
        let floor = floor()?;
        tokio::time::sleep(PAUSE).await;
        let flight = noop::flight(&client, Invocation::new(bundle.clone())).await?;
        if round >= WARM_UP_ROUNDS {
            floors.push(floor);
            flights.push(flight);
        }
    }
    sheet.compare(name, &flights, &floors);
    drop(client);
    cluster.shutdown().await;
    Ok(())
}

fn bundle() -> Result<Bundle, Failure> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("action-manifest.json"), MANIFEST)?;
    fs::write(directory.path().join("noop.py"), SOURCE)?;
    let (bundle, _) = Bundle::from_directory(directory.path())?;
    Ok(bundle)
}

fn floor() -> io::Result<Duration> {
    let start = Instant::now();
    let mut command = Command::new("python3");
    // As functions are started: what the environment adds to each start is not theirs.
    let path = env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path);
    command.args(["-B", "-c", "pass"]).stdin(Stdio::null());
    if !command.status()?.success() {
        return Err(io::Error::other("it fails"));
    }
    Ok(start.elapsed())
}
