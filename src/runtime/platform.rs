//! The platforms that this runtime serves.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use raptor_sys::ForkServer;

use super::action::Action;
use super::closing::Closing;
use super::flight::{self, Summons};
use super::knative::{Knative, Peers};
use super::openwhisk::OpenWhisk;
use super::server::{ActionError, ServeError};
use super::{KnativeSettings, PlatformSettings, Settings};

/// What a platform says over HTTP to a container, and how that is answered.
pub(crate) trait Platform: 'static {
    /// Answers one request.
    fn answer(&self, request: HttpRequest, body: Payload) -> impl Future<Output = HttpResponse>;

    /// Answers one request that comes when the container is already ending.
    fn refuse(&self) -> HttpResponse;
}

/// The one that the settings name.
pub(crate) enum Chosen {
    OpenWhisk(OpenWhisk),
    Knative(Knative),
}

impl Chosen {
    /// What answers it; its action is up where the platform does not bring it.
    pub(crate) async fn start(
        settings: &Arc<Settings>,
        fork_server: ForkServer,
        closing: Closing,
    ) -> Result<Self, ServeError> {
        let action = |summons| {
            let settings = Arc::clone(settings);
            Action::new(settings, fork_server, closing, summons).map_err(ServeError::Directory)
        };
        match &settings.platform {
            PlatformSettings::OpenWhisk => {
                let variables = &settings.variables;
                let is_checked = !variables.ignores_certificates;
                let summons = flight::OpenWhisk::new(&variables.api_host, is_checked);
                let action = action(Rc::new(summons))?;
                Ok(Self::OpenWhisk(OpenWhisk::new(
                    Arc::clone(settings),
                    action,
                )))
            }
            PlatformSettings::Knative(knative) => {
                let action = action(peers(settings, knative)?)?;
                let (directory, main) = (knative.action.clone(), knative.main.clone());
                let opened = action.open(directory, main).await;
                opened.map_err(ActionError::from)?;
                Ok(Self::Knative(Knative::new(knative.clone(), action)))
            }
        }
    }
}

/// The other containers of the service.
fn peers(settings: &Settings, knative: &KnativeSettings) -> Result<Rc<dyn Summons>, ServeError> {
    let towards = knative.peers.first().map_or("", String::as_str);
    let own = settings.own_address;
    let own = own.unwrap_or_else(|| flight::address_towards(towards));
    let own = SocketAddr::new(own, settings.address.port());
    let secret = knative.peer_secret.clone();
    Ok(Rc::new(Peers::new(knative.peers.clone(), secret, own)?))
}

impl Platform for Chosen {
    async fn answer(&self, request: HttpRequest, body: Payload) -> HttpResponse {
        match self {
            Self::OpenWhisk(platform) => platform.answer(request, body).await,
            Self::Knative(platform) => platform.answer(request, body).await,
        }
    }

    fn refuse(&self) -> HttpResponse {
        match self {
            Self::OpenWhisk(platform) => platform.refuse(),
            Self::Knative(platform) => platform.refuse(),
        }
    }
}
