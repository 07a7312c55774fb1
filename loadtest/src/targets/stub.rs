//! A host that does nothing, started for the run: what the harness itself costs.

use super::openwhisk::{Host, OpenWhisk, OpenWhiskError};
use super::{Call, Reply};
use crate::run::TargetView;
use crate::stub::{Stall, Stub, StubError};
use crate::workflow::Workflow;

/// A stub, asked as any OpenWhisk host is.
#[derive(Debug)]
pub(crate) struct Stubbed {
    openwhisk: OpenWhisk,
    /// It ends with this.
    _stub: Stub,
}

/// It does not start. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum StubbedError {
    /// Its process does not.
    #[error(transparent)]
    Start(#[from] StubError),
    /// It does not take the workflow.
    #[error(transparent)]
    Deploy(#[from] OpenWhiskError),
}

impl Stubbed {
    /// Starts one, and creates the workflow's actions there.
    ///
    /// # Errors
    ///
    /// If either fails.
    pub(super) async fn start(stall: Stall, workflow: &Workflow) -> Result<Self, StubbedError> {
        let stub = Stub::start(stall)?;
        let openwhisk = Self::at(&stub, workflow).await?;
        Ok(Self {
            openwhisk,
            _stub: stub,
        })
    }

    /// The workflow's actions at a stub that somebody else has started.
    pub(crate) async fn at(stub: &Stub, workflow: &Workflow) -> Result<OpenWhisk, OpenWhiskError> {
        let host = Host::new(stub.url().parse().expect("it says where it is"));
        // It takes any.
        let key = "stub:stub".parse().expect("it is of that form");
        OpenWhisk::start(&host, key, workflow).await
    }

    pub(super) async fn call(&self, call: Call) -> Reply {
        self.openwhisk.call(call).await
    }

    pub(super) fn view(&self) -> TargetView {
        self.openwhisk.view()
    }

    pub(super) async fn stop(self) {
        self.openwhisk.stop().await;
    }
}

#[cfg(test)]
#[path = "stub_tests.rs"]
mod tests;
