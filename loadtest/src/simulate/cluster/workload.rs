//! What arrives: a workflow's functions, and how long their attempts run.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use raptor_core::FunctionIndex;
use raptor_core::manifest::{FUNCTIONS_MAX, Manifest, ManifestProblems};
use raptor_functions::distribution::Distribution;

use crate::workflow::Form;

/// What arrives. All workflows of a run are of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    /// Its functions.
    pub(crate) manifest: Arc<Manifest>,
    /// By function: how long an attempt runs on a server that is not slow.
    pub(crate) services: Vec<Distribution>,
    /// The probability that an attempt fails, at its end.
    pub(crate) fault: f64,
}

/// A text names no workflow. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkflowError {
    /// It has the form of none.
    #[error(
        "read the workflow {text:?}: write independent:K or sequence:K, with 1 to {FUNCTIONS_MAX} \
         functions, or the directory of an action with its action-manifest.json"
    )]
    Form {
        /// What was written.
        text: String,
    },
    /// Its manifest cannot be read.
    #[error("read {path}: {source}")]
    Unreadable {
        /// Where it was looked for.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Its manifest is refused.
    #[error("read {path}: {source}")]
    Refused {
        /// Where it is.
        path: String,
        /// Why.
        source: ManifestProblems,
    },
}

/// Reads `independent:3`, `sequence:3`, or the directory of an action.
pub(crate) fn read_workflow(text: &str) -> Result<Manifest, WorkflowError> {
    if let Ok(form) = text.parse::<Form>() {
        let depends = form.depends();
        let rows: Vec<_> = depends.iter().map(Vec::as_slice).collect();
        return Ok(Manifest::from_depends(&rows));
    }
    let directory = Path::new(text);
    if directory.is_dir() {
        return read_directory(directory);
    }
    Err(WorkflowError::Form {
        text: text.to_owned(),
    })
}

/// The files that it names need not be there: nothing is executed.
fn read_directory(directory: &Path) -> Result<Manifest, WorkflowError> {
    let file = directory.join(raptor_cluster::MANIFEST_FILE);
    let path = || file.display().to_string();
    let text = std::fs::read_to_string(&file).map_err(|source| WorkflowError::Unreadable {
        path: path(),
        source,
    })?;
    Manifest::parse(&text).map_err(|source| WorkflowError::Refused {
        path: path(),
        source,
    })
}

impl Workload {
    /// A workflow whose functions all take such times and never fail.
    pub(crate) fn new(manifest: Arc<Manifest>, service: &Distribution) -> Self {
        Self {
            services: vec![service.clone(); manifest.len()],
            manifest,
            fault: 0.0,
        }
    }

    /// The slots that one copy of each of its functions takes on servers of so many, times how
    /// long: what a workflow is offered to the cluster as.
    ///
    /// # Panics
    ///
    /// If it is nothing: no load could be made of it.
    pub(crate) fn offered(&self, slots: u32) -> Duration {
        let weighed = |at: FunctionIndex| self.services[at.at()].mean() * self.weight(at, slots);
        let offered: Duration = self.manifest.indices().map(weighed).sum();
        assert!(
            !offered.is_zero(),
            "functions that take no time load nothing"
        );
        offered
    }

    /// How long an attempt runs, on average over all functions.
    pub(crate) fn service(&self) -> Duration {
        let sum: Duration = self.services.iter().map(Distribution::mean).sum();
        sum / self.services.len() as u32
    }

    /// The square of the variation of that time, over all functions and attempts.
    pub(crate) fn cv2(&self) -> f64 {
        let square = |it: &Distribution| it.mean().as_secs_f64().powi(2) * (1.0 + it.cv2());
        let squares = self.services.iter().map(square).sum::<f64>() / self.services.len() as f64;
        squares / self.service().as_secs_f64().powi(2) - 1.0
    }

    /// How many of a server's `slots` an attempt takes, as far as it has them.
    pub(crate) fn weight(&self, function: FunctionIndex, slots: u32) -> u32 {
        let weight = self.manifest.function(function).slots_weight;
        u32::from(weight).clamp(1, slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflows_have_the_shape_that_was_written() {
        let independent = read_workflow("independent:3").unwrap();
        assert_eq!(independent.sinks().len(), 3);
        let sequence = read_workflow("sequence:3").unwrap();
        assert_eq!(sequence.sinks(), [FunctionIndex(2)]);
        assert_eq!(sequence.dependents(FunctionIndex(0)), [FunctionIndex(1)]);
    }

    #[test]
    fn what_is_offered_is_what_servers_have_slots_for() {
        let manifest = read_workflow("independent:2").unwrap();
        let heavy = manifest.with_function(FunctionIndex(0), |it| it.slots_weight = 4);
        let service: Distribution = "const mean=1s".parse().unwrap();
        let workload = Workload::new(Arc::new(heavy), &service);
        let offered = [8, 4, 2, 1].map(|slots| workload.offered(slots).as_secs());
        assert_eq!(offered, [5, 5, 3, 2]);
        assert_eq!(
            (workload.service(), workload.cv2()),
            (Duration::from_secs(1), 0.0)
        );
    }

    #[test]
    fn a_directory_is_read_by_its_manifest() {
        let directory = tempfile::tempdir().unwrap();
        let text = directory.path().to_str().unwrap();
        let missing = read_workflow(text).unwrap_err().to_string();
        assert!(missing.contains("action-manifest.json"), "{missing}");
        let file = directory.path().join("action-manifest.json");
        std::fs::write(
            &file,
            r#"{ "a": {"file": "x.py"}, "b": {"depends": ["c"]} }"#,
        )
        .unwrap();
        let refused = read_workflow(text).unwrap_err().to_string();
        assert!(refused.contains("\"c\""), "{refused}");
        let manifest = r#"{ "a": {"file": "x.py"}, "b": {"depends": ["a"], "file": "x.py"} }"#;
        std::fs::write(&file, manifest).unwrap();
        assert_eq!(read_workflow(text).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_workflow_is_refused_with_what_would_be() {
        for text in [
            "",
            "independent",
            "independent:0",
            "sequence:x",
            "independent:9999",
        ] {
            let refused = read_workflow(text).unwrap_err().to_string();
            assert!(refused.contains("independent:K or sequence:K"), "{refused}");
        }
    }
}
