//! The nodes of this container.
//!
//! One is enough as long as the platform runs one activation at a time here. Where it runs several,
//! a follower may land beside its own leader: each node takes part in a flight once, so it becomes a
//! member of its own on another node.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::rc::Rc;
use std::sync::Mutex;

use raptor_cluster::{Bundle, FlightId, Node, NodeConfig, StartError};
use tokio::sync::Mutex as AsyncMutex;

use crate::runtime::Settings;

/// How many members of one flight a container may hold: as many as the greatest flight has.
const NODES_MAX: usize = 16;

/// The nodes of this container.
pub(crate) struct Members {
    config: NodeConfig,
    nodes: AsyncMutex<Vec<Rc<Berth>>>,
}

/// A node, and the flights that it takes part in.
struct Berth {
    node: Node,
    flights: Mutex<Vec<FlightId>>,
}

/// A member's node while it takes part in a flight.
pub(crate) struct Place {
    berth: Rc<Berth>,
    flight: Mutex<Option<FlightId>>,
}

/// There is no node for another member. Fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum MembersError {
    /// It cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// So many members of one flight are here already.
    #[error("follow the flight: {NODES_MAX} of its members are in this container")]
    Full,
}

impl Members {
    /// Starts the first node.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub(crate) async fn start(config: NodeConfig) -> Result<Self, MembersError> {
        let first = Berth::start(&config, 0).await?;
        Ok(Self {
            config,
            nodes: AsyncMutex::new(vec![Rc::new(first)]),
        })
    }

    /// Lets processes wait for the first flight, with the action loaded.
    pub(crate) async fn warm(&self, bundle: &Bundle, env: &[(String, String)]) {
        let nodes = self.nodes.lock().await;
        let first = nodes.first().expect("there is always one");
        if let Err(error) = first.node.warm(bundle, Vec::new(), env.to_vec()).await {
            // The flight that needs them starts them, or says why it cannot.
            tracing::warn!(%error, "no process waits for the first flight");
        }
    }

    /// Where a flight is led.
    pub(crate) async fn leader(&self) -> Result<Place, MembersError> {
        let nodes = self.nodes.lock().await;
        let first = nodes.first().expect("there is always one");
        Ok(Place {
            berth: Rc::clone(first),
            flight: Mutex::new(None),
        })
    }

    /// Where a flight is followed: on the first node that does not take part in it.
    pub(crate) async fn follower_of(&self, flight: FlightId) -> Result<Place, MembersError> {
        let mut nodes = self.nodes.lock().await;
        let free = nodes.iter().find(|berth| !berth.is_in(flight)).cloned();
        let berth = match free {
            Some(berth) => berth,
            None if nodes.len() >= NODES_MAX => return Err(MembersError::Full),
            None => {
                let another = Rc::new(Berth::start(&self.config, nodes.len()).await?);
                nodes.push(Rc::clone(&another));
                another
            }
        };
        let place = Place {
            berth,
            flight: Mutex::new(None),
        };
        place.takes_part_in(flight);
        Ok(place)
    }
}

impl Berth {
    async fn start(config: &NodeConfig, number: usize) -> Result<Self, StartError> {
        let name = match number {
            0 => config.node.clone(),
            _ => {
                let name = format!("{}-{number}", config.node);
                name.parse().expect("a name and a number are a name")
            }
        };
        let config = NodeConfig {
            node: name,
            ..config.clone()
        };
        Ok(Self {
            node: Node::start(config).await?,
            flights: Mutex::default(),
        })
    }

    fn is_in(&self, flight: FlightId) -> bool {
        let flights = self.flights.lock().expect("no holder panics");
        flights.contains(&flight)
    }
}

impl Place {
    pub(crate) fn node(&self) -> &Node {
        &self.berth.node
    }

    /// From now on, until it is dropped.
    pub(crate) fn takes_part_in(&self, flight: FlightId) {
        let mut flights = self.berth.flights.lock().expect("no holder panics");
        flights.push(flight);
        *self.flight.lock().expect("no holder panics") = Some(flight);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(flight) = self.flight.lock().expect("no holder panics").take() {
            let mut flights = self.berth.flights.lock().expect("no holder panics");
            flights.retain(|one| *one != flight);
        }
    }
}

/// The settings of this container's nodes. Nobody shares a key with them but for a flight.
pub(crate) fn config(settings: &Settings, towards: &str) -> NodeConfig {
    let name = format!("container-{}", uuid::Uuid::new_v4().simple());
    let zone = settings.zone.clone();
    let address = settings
        .own_address
        .unwrap_or_else(|| address_towards(towards));
    let defaults = NodeConfig::new(name.parse().expect("it is a name"), zone);
    NodeConfig {
        listen: SocketAddr::new(address, 0),
        // As whatever the container runs as: its code is that user's.
        function_uid: Some(raptor_sys::effective_uid()),
        echo: true,
        python: settings.python.clone(),
        nodejs: settings.nodejs.clone(),
        ..defaults
    }
}

/// The address by which this host speaks to `peer`, `[scheme://]host[:port]`, and by which others
/// near that reach it most likely; without such a peer, the one of the default route.
pub(crate) fn address_towards(peer: &str) -> IpAddr {
    let host = peer.rsplit("://").next().unwrap_or(peer);
    let host = host.split('/').next().unwrap_or(host);
    let found = (host.to_socket_addrs())
        .or_else(|_| (host, 443).to_socket_addrs())
        .ok()
        .and_then(|mut found| found.next());
    // Nothing is sent: connecting a datagram socket only looks up the route (udp(7)).
    let default_route = SocketAddr::from(([192, 0, 2, 1], 9));
    let towards = |peer: SocketAddr| {
        let any: SocketAddr = match peer {
            SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], 0)),
            SocketAddr::V6(_) => SocketAddr::from(([0; 16], 0)),
        };
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect(peer).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let address = found.and_then(towards).or_else(|| towards(default_route));
    address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}
