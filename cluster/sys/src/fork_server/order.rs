//! From a launch as its caller words it to an order as the kernel takes it.

use std::ffi::{CString, OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path;

use super::SpawnError;
use super::datagram::DESCRIPTORS_COUNT;
use super::kin::MARKER_NAME;
use super::protocol::{Order, Target};
use crate::launch::{Launch, Program};

/// Where programs are looked up if the environment has no `PATH`: as glibc does it.
const PATH_DEFAULT: &str = "/bin:/usr/bin";

/// What is started, in the words of an error.
pub(super) fn subject(launch: &Launch) -> String {
    let name = match &launch.program {
        Program::Own => &launch.argv0,
        Program::Named(name) => name,
    };
    format!("{:?}", name.to_string_lossy())
}

/// Parses `launch` into an order and the descriptors that go with it.
pub(super) fn parse(launch: Launch) -> Result<(Order, [OwnedFd; DESCRIPTORS_COUNT]), SpawnError> {
    let program = subject(&launch);
    let nul = |_| SpawnError::Nul {
        program: program.clone(),
    };
    let target = target(&launch).map_err(nul)?;
    let env = environment(&launch, &program)?;
    let argv = std::iter::once(launch.argv0).chain(launch.args);
    let argv: Result<Vec<_>, _> = argv.map(|text| CString::new(text.into_vec())).collect();
    let dir = path::absolute(&launch.dir).unwrap_or(launch.dir);
    let order = Order {
        target,
        argv: argv.map_err(nul)?,
        env,
        dir: CString::new(dir.into_os_string().into_vec()).map_err(nul)?,
        marker: launch.marker.into_bytes(),
        nice: launch.nice,
        memory_bytes_max: launch.memory_bytes_max,
        credentials: launch.credentials,
    };
    let descriptors = [launch.stdin, launch.stdout, launch.stderr, launch.result];
    Ok((order, descriptors))
}

/// The files to try.
fn target(launch: &Launch) -> Result<Target, std::ffi::NulError> {
    let Program::Named(name) = &launch.program else {
        return Ok(Target::Own);
    };
    if name.is_empty() || name.as_bytes().contains(&b'/') {
        return Ok(Target::Paths(vec![CString::new(name.as_bytes())?]));
    }
    let mut variables = launch.env.iter();
    let path = variables.find(|(variable, _)| variable == "PATH");
    let path = path.map_or(OsStr::new(PATH_DEFAULT), |(_, value)| value);
    let within = |directory: &[u8]| {
        // An empty entry is the working directory.
        let directory = if directory.is_empty() {
            b"."
        } else {
            directory
        };
        CString::new([directory, name.as_bytes()].join(&b'/'))
    };
    let paths: Result<Vec<_>, _> = path
        .as_bytes()
        .split(|byte| *byte == b':')
        .map(within)
        .collect();
    paths.map(Target::Paths)
}

/// What was given, then the marker.
fn environment(launch: &Launch, program: &str) -> Result<Vec<CString>, SpawnError> {
    let marker = (OsString::from(MARKER_NAME), OsString::from(&launch.marker));
    let given = launch.env.iter().filter(|(name, _)| name != MARKER_NAME);
    let variable = |(name, value): &(OsString, OsString)| {
        if name.is_empty() || name.as_bytes().contains(&b'=') {
            return Err(SpawnError::Variable {
                program: program.to_owned(),
                name: name.to_string_lossy().into_owned(),
            });
        }
        let text = [name.as_bytes(), value.as_bytes()].join(&b'=');
        CString::new(text).map_err(|_| SpawnError::Nul {
            program: program.to_owned(),
        })
    };
    given.chain([&marker]).map(variable).collect()
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
