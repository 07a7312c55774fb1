//! One activation, from the command line to the result on standard output.

use std::process::ExitCode;

use raptor_cluster::{
    Activation, ActivationEvent, Answer, Bundle, Client, Invocation, LeaderLost, Manifest, Record,
};

use super::interrupts::Interrupts;
use super::{fail, status};
use crate::cli::Request;
use crate::output::{self, Live};
use crate::params;

/// What is to be run, read and checked before anything is started.
pub(super) struct Prepared {
    pub(super) invocation: Invocation,
    pub(super) size: u16,
    functions: Vec<String>,
    json: bool,
}

/// Reads the action and its parameters.
///
/// # Errors
///
/// Says what is wrong, and gives the exit status.
pub(super) fn prepare(request: &Request) -> Result<Prepared, ExitCode> {
    let (bundle, manifest) = Bundle::from_directory(&request.action)
        .map_err(|error| fail(status::USAGE, format_args!("read the action: {error}")))?;
    let params = params::read(request.input.as_deref(), &request.params)
        .map_err(|error| fail(status::USAGE, error))?;
    let size = request.flight.unwrap_or(manifest.flight_size());
    let invocation = Invocation {
        params,
        size: Some(size),
        policy: request.policy.into(),
        timeout: request.timeout,
        watch: !request.json,
        ..Invocation::new(bundle)
    };
    Ok(Prepared {
        invocation,
        size,
        functions: names(&manifest),
        json: request.json,
    })
}

fn names(manifest: &Manifest) -> Vec<String> {
    manifest
        .functions()
        .iter()
        .map(|function| function.name.clone())
        .collect()
}

/// Runs the activation and shows what comes of it. The first interrupt cancels it, the second
/// leaves it.
pub(super) async fn fly(
    client: &Client,
    prepared: Prepared,
    interrupts: &mut Interrupts,
) -> ExitCode {
    let Prepared {
        invocation,
        size,
        functions,
        json,
    } = prepared;
    let mut live = (!json).then(|| Live::new(size, functions));
    let mut activation = client.invoke(invocation);
    let answer = tokio::select! {
        answer = decided(&mut activation, &mut live) => answer,
        () = interrupts.first() => {
            activation.cancel();
            tokio::select! {
                answer = decided(&mut activation, &mut live) => answer,
                () = interrupts.second() => return ExitCode::from(status::INTERRUPTED),
            }
        }
    };
    drop(live);
    let answer = match answer {
        Ok(answer) => answer,
        Err(lost) => return fail(status::FAILED, lost),
    };
    tokio::select! {
        record = activation.record() => show(&answer, record.ok().flatten().as_ref(), json),
        () = interrupts.second() => ExitCode::from(status::INTERRUPTED),
    }
}

/// Shows progress until the activation is decided.
async fn decided(
    activation: &mut Activation,
    live: &mut Option<Live>,
) -> Result<Answer, LeaderLost> {
    loop {
        match activation.next().await? {
            Some(ActivationEvent::Progress(progress)) => {
                if let Some(live) = live {
                    live.on_progress(progress);
                }
            }
            Some(ActivationEvent::Settled(answer)) => return Ok(answer),
            Some(ActivationEvent::Recorded(_) | ActivationEvent::Lost(_)) | None => {
                unreachable!("the decision comes first, or the loss of the leader as an error")
            }
        }
    }
}

/// The result on standard output, everything else on standard error.
fn show(answer: &Answer, record: Option<&Record>, json: bool) -> ExitCode {
    let result = match answer {
        Answer::Landed(result) => Ok(&result[..]),
        Answer::Failed { .. } | Answer::TimedOut | Answer::Cancelled | Answer::Refused(_) => {
            Err(answer.to_string())
        }
    };
    match record {
        Some(record) if json => println!("{}", output::json(record, result.clone())),
        Some(record) => eprintln!("{}", output::timeline(record)),
        None => {}
    }
    match result {
        Ok(body) if !json => println!("{}", String::from_utf8_lossy(body)),
        Ok(_) => {}
        Err(error) => eprintln!("raptor: {error}"),
    }
    ExitCode::from(match answer {
        Answer::Landed(_) => 0,
        Answer::Failed { .. } | Answer::Refused(_) => status::FAILED,
        Answer::TimedOut => status::TIMED_OUT,
        Answer::Cancelled => status::INTERRUPTED,
    })
}
