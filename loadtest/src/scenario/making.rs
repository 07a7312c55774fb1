//! From a draft to a scenario: what only makes sense together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use raptor_cluster::{Bundle, Manifest};
use raptor_functions::distribution::Distribution;

use crate::policy::Policy;
use crate::targets::Terms;

use super::count::Count;
use super::draft::{Draft, LoadDraft, WorkflowDraft};
use super::drawn::Drawn;
use super::{Changes, Load, Scenario, ScenarioError};
use crate::workflow::{Action, Form, Workflow};

/// Enough for a mean within some per cent.
const REQUESTS: u32 = 1_000;

/// Caches fill, buffers find their size, and processes that wait ahead are started.
const WARM_UP: u32 = 50;

/// As an activation that does not say.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Nobody waits longer who did not say so.
const TIME_MAX: Duration = Duration::from_secs(3600);

/// Where the file does not say: a target that is so far behind is over its capacity.
const IN_FLIGHT_MAX: u32 = 10_000;

/// What functions of a generated workflow execute where nothing is said: time drawn from a
/// distribution.
const SYNTHETIC: [&str; 3] = ["raptor", "fn", "synthetic"];

/// Makes the scenario that a file means.
pub(super) fn make(
    path: &Path,
    text: String,
    draft: Draft,
    changes: &Changes,
) -> Result<Scenario, ScenarioError> {
    let place = Place { path };
    let Draft {
        title,
        policies,
        requests,
        warm_up,
        timeout,
        time_max,
        seed,
        attempts_alone,
        workflow,
        target,
        load,
    } = draft;
    let policies = place.policies(policies)?;
    let settings = changes.target(target);
    let target = Terms::new(&settings, place.directory());
    let target = target.map_err(|source| ScenarioError::Target {
        path: path.to_owned(),
        source,
    })?;
    let timeout = timeout.unwrap_or(TIMEOUT);
    place.fits(&workflow, &target)?;
    let workflow = place.workflow(workflow, &policies, timeout)?;
    let attempts_alone = count(attempts_alone, 0) as usize;
    if attempts_alone > 0 && !target.has_fleet() {
        let why = format!("{} runs whole workflows only; leave it out", settings.url);
        return Err(place.unfit("attempts_alone", why));
    }
    let requests = changes.requests.unwrap_or(count(requests, REQUESTS));
    Ok(Scenario {
        title,
        text,
        workflow,
        policies,
        requests: requests as usize,
        warm_up: count(warm_up, WARM_UP) as usize,
        timeout,
        time_max: time_max.unwrap_or(TIME_MAX),
        seed: changes.seed.or(seed).unwrap_or_default(),
        attempts_alone,
        target,
        url: settings.url,
        load: place.load(load)?,
    })
}

fn count<const LOW: u32, const HIGH: u32>(said: Option<Count<LOW, HIGH>>, default: u32) -> u32 {
    said.map_or(default, |Count(count)| count)
}

/// Where the scenario stands: what errors name, and what its paths are relative to.
struct Place<'a> {
    path: &'a Path,
}

impl Place<'_> {
    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn unfit(&self, key: &'static str, why: impl Into<String>) -> ScenarioError {
        ScenarioError::Unfit {
            path: self.path.to_owned(),
            key,
            why: why.into(),
        }
    }

    fn policies(&self, policies: Vec<Policy>) -> Result<Vec<Policy>, ScenarioError> {
        if policies.is_empty() {
            let why = "name at least one, such as [\"fork-join:3\", \"flight:3\"]";
            return Err(self.unfit("policies", why));
        }
        let twice = policies
            .iter()
            .enumerate()
            .find(|(at, policy)| policies[..*at].contains(policy));
        match twice {
            Some((_, policy)) => {
                let why = format!("{policy} stands there twice: leave one out");
                Err(self.unfit("policies", why))
            }
            None => Ok(policies),
        }
    }

    /// Refuses what functions would have to be told, and are not.
    fn fits(&self, draft: &WorkflowDraft, target: &Terms) -> Result<(), ScenarioError> {
        let is_told = draft.action.is_none() && is_synthetic(draft);
        if draft.fault > 0.0 && !is_told {
            let why = "only functions that execute raptor fn synthetic are told to fail so: leave it \
                       out, or take shape = \"independent:3\" without exec";
            return Err(self.unfit("workflow.fault", why));
        }
        let is_from_file = draft.service.as_ref().is_some_and(Drawn::is_from_file);
        if is_from_file && is_told && !target.is_here() {
            let why = "the target's functions run where the file is not: take an action whose \
                       directory has it, and whose functions execute raptor fn synthetic --service";
            return Err(self.unfit("workflow.service", why));
        }
        Ok(())
    }

    fn workflow(
        &self,
        draft: WorkflowDraft,
        policies: &[Policy],
        timeout: Duration,
    ) -> Result<Workflow, ScenarioError> {
        let service = draft.service.clone().map(|it| it.read(self.directory()));
        let service: Option<Distribution> = service
            .transpose()
            .map_err(|why| self.unfit("workflow.service", format!("failed to {why}")))?;
        let source = match (&draft.action, draft.shape) {
            (Some(directory), None) => self.found(directory, &draft)?,
            (None, Some(form)) => self.generated(form, &draft, service.as_ref())?,
            (Some(_), Some(_)) | (None, None) => {
                let why = "it has either action = \"DIRECTORY\" or shape = \"independent:3\"";
                return Err(self.unfit("workflow", why));
            }
        };
        let params = serde_json::to_vec(&draft.params);
        Ok(Workflow {
            action: Action {
                bundle: source.bundle,
                manifest: Arc::new(source.manifest),
                params: params.expect("an object has string keys only").into(),
            },
            manifest_text: source.text,
            directory: source.directory,
            service,
            fault: draft.fault,
            timeout,
            policies: policies.to_vec(),
            size_max: policies.iter().map(|policy| policy.size).max().unwrap_or(1),
        })
    }

    /// An action that stands in a directory.
    fn found(&self, directory: &Path, draft: &WorkflowDraft) -> Result<Source, ScenarioError> {
        if draft.exec.is_some() {
            let why = "an action's functions are in its manifest; leave it out, or use shape";
            return Err(self.unfit("workflow.exec", why));
        }
        let directory = self.directory().join(directory);
        let refused = |why: String| self.unfit("workflow.action", why);
        let (bundle, manifest) =
            Bundle::from_directory(&directory).map_err(|why| refused(why.to_string()))?;
        let file = directory.join(raptor_cluster::MANIFEST_FILE);
        let text = std::fs::read_to_string(&file)
            .map_err(|why| refused(format!("{} cannot be read: {why}", file.display())))?;
        Ok(Source {
            bundle,
            manifest,
            text,
            directory: Some(directory),
        })
    }

    /// An action without files, whose functions are all alike.
    fn generated(
        &self,
        form: Form,
        draft: &WorkflowDraft,
        service: Option<&Distribution>,
    ) -> Result<Source, ScenarioError> {
        let text = form.manifest(&exec(draft, service));
        let refused = |why: String| self.unfit("workflow.exec", why);
        let manifest = Manifest::parse(&text).map_err(|why| refused(why.to_string()))?;
        let bundle = Bundle::from_manifest(&text).map_err(|why| refused(why.to_string()))?;
        Ok(Source {
            bundle,
            manifest,
            text,
            directory: None,
        })
    }

    fn load(&self, draft: LoadDraft) -> Result<Load, ScenarioError> {
        match (draft.arrivals, draft.clients) {
            (Some(mut arrivals), None) => {
                if draft.think.is_some() {
                    let why = "only clients think; leave it out, or use clients for arrivals";
                    return Err(self.unfit("load.think", why));
                }
                arrivals.seek_from(self.directory());
                let in_flight_max = count(draft.in_flight_max, IN_FLIGHT_MAX) as usize;
                Ok(Load::Open {
                    arrivals,
                    in_flight_max,
                })
            }
            (None, Some(Count(clients))) => {
                if draft.in_flight_max.is_some() {
                    let why = "there are as many as clients; leave it out";
                    return Err(self.unfit("load.in_flight_max", why));
                }
                let think = draft.think.map(|it| it.read(self.directory()));
                let think = think
                    .transpose()
                    .map_err(|why| self.unfit("load.think", format!("failed to {why}")))?;
                Ok(Load::Closed {
                    clients: clients as usize,
                    think: think.unwrap_or_default(),
                })
            }
            (Some(_), Some(_)) | (None, None) => {
                let why = "it has either arrivals = \"poisson rate=20/s\" or clients = 4";
                Err(self.unfit("load", why))
            }
        }
    }
}

/// An action, as it was found or made.
struct Source {
    bundle: Bundle,
    manifest: Manifest,
    text: String,
    directory: Option<PathBuf>,
}

/// Whether the functions of a generated workflow are told what was declared.
fn is_synthetic(draft: &WorkflowDraft) -> bool {
    let exec = draft.exec.as_ref();
    exec.is_none_or(|exec| exec.starts_with(&SYNTHETIC.map(str::to_owned)))
}

/// What every function of a generated workflow executes; a synthetic one is told what was declared.
fn exec(draft: &WorkflowDraft, service: Option<&Distribution>) -> Vec<String> {
    let mut exec = draft.exec.clone();
    let exec = exec.get_or_insert_with(|| SYNTHETIC.map(str::to_owned).into());
    if is_synthetic(draft) {
        if let Some(service) = service {
            exec.extend(["--service".to_owned(), service.to_string()]);
        }
        if draft.fault > 0.0 {
            exec.extend(["--fault".to_owned(), draft.fault.to_string()]);
        }
    }
    std::mem::take(exec)
}
