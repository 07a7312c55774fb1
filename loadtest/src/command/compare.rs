//! `loadtest compare A B`.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::report;

use crate::compare::{compare, page, text};

/// Which runs to put side by side, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory of the run that the other is compared with.
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The directory of the other run.
    #[arg(value_name = "B")]
    b: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Write a page with plots, too.
    #[arg(long, value_name = "FILE.html")]
    out: Option<PathBuf>,
}

/// Compares, and tells it on standard output.
pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let (a, b) = (report::read(&args.a)?, report::read(&args.b)?);
    let comparison = compare((&name(&args.a), &a), (&name(&args.b), &b))?;
    if let Some(path) = &args.out {
        report::write_file(path, &page::page(&comparison, &a, &b))?;
    }
    let told = if args.json {
        serde_json::to_string_pretty(&comparison)? + "\n"
    } else {
        text::text(&comparison)
    };
    // Whoever reads may have enough.
    let _ = io::stdout().lock().write_all(told.as_bytes());
    Ok(())
}

fn name(directory: &Path) -> String {
    directory.display().to_string()
}
