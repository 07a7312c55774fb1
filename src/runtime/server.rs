//! Connections, and the end of the container.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive};
use actix_service::{Service, ServiceFactory, map_config};
use actix_web::dev::AppConfig;
use actix_web::web::{self, Payload};
use actix_web::{App, HttpRequest, HttpResponse};
use raptor_sys::ForkServer;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Settings;
use super::action::InitError;
use super::closing::Closing;
use super::knative::PeersError;
use super::platform::{Chosen, Platform};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// The most connections at a time, of the 1024 descriptors that OpenWhisk's containers have: the
/// action's processes take three each.
const CONNECTIONS_COUNT_MAX: usize = 512;

/// How long a connection that is kept may idle between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// How long the first request of a connection may take to come. Some platforms connect only to see
/// whether somebody listens.
const REQUEST_WAIT: Duration = Duration::from_secs(60);

/// How long answers that were given may take to leave, when the container ends.
const PARTING_WAIT: Duration = Duration::from_millis(500);

/// After a connection could not be accepted, for want of descriptors: how long until the next try.
const ACCEPT_AGAIN: Duration = Duration::from_millis(10);

/// The runtime does not serve; nothing of it is left. Each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no fork server.
    #[error(transparent)]
    ForkServer(#[from] raptor_sys::StartError),
    /// There is no directory for the code.
    #[error("make a directory for the action's code: {0}")]
    Directory(#[source] io::Error),
    /// There is no action to run, where no platform brings one.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// The other containers of the service cannot be asked.
    #[error(transparent)]
    Peers(#[from] PeersError),
    /// Nobody can connect.
    #[error("listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// Why an action that was there from the beginning cannot be run.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ActionError(#[from] InitError);

/// The runtime of one container, listening.
pub struct Server {
    listener: TcpListener,
    platform: Chosen,
    closing: Closing,
}

impl Server {
    /// Starts what the runtime needs, and listens last: a platform that can connect is answered.
    ///
    /// # Errors
    ///
    /// [`ServeError`].
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with a reactor and a local set, such as an actix system.
    pub async fn start(settings: Settings) -> Result<Self, ServeError> {
        let settings = Arc::new(settings);
        let closing = Closing::new();
        let fork_server = ForkServer::start()?;
        let platform = Chosen::start(&settings, fork_server, closing.clone()).await?;
        let address = settings.address;
        let listener = listen(address).map_err(|source| ServeError::Listen { address, source })?;
        Ok(Self {
            listener,
            platform,
            closing,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop`; then answers what is open, refuses what comes, and ends.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self {
            listener,
            platform,
            closing,
        } = self;
        let hall = Rc::new(Hall {
            platform,
            closing: closing.clone(),
        });
        let mut connections = JoinSet::new();
        let end = async {
            stop.await;
            closing.close();
            closing.idle().await;
        };
        tokio::select! {
            () = end => {}
            () = accept(&listener, &hall, &mut connections) => {}
        }
        drop(listener);
        let gone = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(PARTING_WAIT, gone).await;
    }
}

/// What all connections share.
struct Hall<P> {
    platform: P,
    closing: Closing,
}

impl<P: Platform> Hall<P> {
    async fn answer(&self, request: HttpRequest, body: Payload) -> HttpResponse {
        match self.closing.admit() {
            Some(_open) => self.platform.answer(request, body).await,
            None => self.platform.refuse(),
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A container that starts anew need not wait for connections of its former life.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections for ever.
async fn accept<P: Platform>(
    listener: &TcpListener,
    hall: &Rc<Hall<P>>,
    connections: &mut JoinSet<()>,
) {
    let hall = web::Data::from(Arc::new(Rc::clone(hall)));
    let app = App::new()
        .app_data(hall)
        .default_service(web::to(respond::<P>));
    let service = HttpService::build()
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .client_request_timeout(REQUEST_WAIT)
        .h1(map_config(app, |()| AppConfig::default()));
    let service = Rc::new(
        service
            .new_service(())
            .await
            .expect("it is made of nothing"),
    );
    let room = Arc::new(Semaphore::new(CONNECTIONS_COUNT_MAX));
    loop {
        let place = Arc::clone(&room).acquire_owned().await;
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let service = Rc::clone(&service);
        connections.spawn_local(async move {
            let _place = place;
            // A connection that breaks is the other end's affair.
            let _ = service.call((stream, Some(peer))).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn respond<P: Platform>(
    hall: web::Data<Rc<Hall<P>>>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    hall.answer(request, body).await
}
