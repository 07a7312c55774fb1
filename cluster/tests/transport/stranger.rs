//! A peer that the tests hold in their hands: one association and one link, without a postmaster.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::task::Poll;

use raptor_cluster::actor::postmaster::PeerId;
use raptor_cluster::link::{Hello, Link, LinkEvent, VERSIONS};
use raptor_cluster::security::{ClusterKey, Security};
use raptor_cluster::testing;
use raptor_cluster::transport::{AssociationId, Message, Transport, TransportEvent};
use raptor_core::Role;
use tokio::time::Instant;

use super::node::{HANG, Node, bind, loopback, record};

pub(crate) struct Stranger {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) link: Link,
    pub(crate) association: AssociationId,
    pub(crate) is_welcoming: bool,
}

pub(crate) fn hello(name: &str, incarnation: u64) -> Hello {
    Hello {
        versions: VERSIONS,
        cluster: "c1".parse().expect("a name"),
        record: record(name, incarnation),
        role: Role::Node,
        message_bytes_max: 65_536,
        address: "127.0.0.1:1".parse().expect("an address"),
        mail_bytes_max: 1024 * 1024,
        state_bytes_max: 1024 * 1024,
        bulk_bytes_max: 1024 * 1024,
        moved: 0,
    }
}

impl Stranger {
    /// Dials `address` and will say this hello.
    pub(crate) fn dial(address: SocketAddr, hello: Hello) -> Self {
        Self::dial_with(address, hello, &testing::keys())
    }

    /// Dials `address` with other keys.
    pub(crate) fn dial_with(address: SocketAddr, hello: Hello, security: &Security) -> Self {
        Self::dial_by(address, Link::dialing(hello, security))
    }

    /// Dials `address` as a member of a flight that has only its key.
    pub(crate) fn dial_as_member(address: SocketAddr, hello: Hello, key: ClusterKey) -> Self {
        Self::dial_by(address, Link::joining(hello, key))
    }

    /// Dials `address` over this transport.
    pub(crate) fn dial_over(
        transport: Box<dyn Transport>,
        address: SocketAddr,
        hello: Hello,
    ) -> Self {
        Self::over(transport, address, Link::dialing(hello, &testing::keys()))
    }

    fn dial_by(address: SocketAddr, link: Link) -> Self {
        Self::over(bind(loopback()), address, link)
    }

    fn over(mut transport: Box<dyn Transport>, address: SocketAddr, link: Link) -> Self {
        let association = transport.connect(address);
        Self {
            transport,
            link,
            association,
            is_welcoming: true,
        }
    }

    /// What its link says first, which then does not say it by itself.
    pub(crate) fn opening(&mut self) -> Option<Message> {
        self.link.next_message(Instant::now(), |_| true)
    }

    /// Waits until the association is there.
    pub(crate) async fn connected(&mut self) {
        let connected = std::future::poll_fn(|cx| {
            while let Poll::Ready(event) = self.transport.poll(cx) {
                if let TransportEvent::Connected { .. } = event {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        });
        tokio::time::timeout(HANG, connected)
            .await
            .expect("it is there");
    }

    /// Goes on until the link, or the end of the association, gives something that `found` takes.
    pub(crate) async fn until<T>(&mut self, mut found: impl FnMut(Happened) -> Option<T>) -> T {
        let happened = std::future::poll_fn(|cx| {
            loop {
                while let Some(event) = self.link.next_event() {
                    if self.is_welcoming && matches!(event, LinkEvent::Greeted { .. }) {
                        self.link.welcome();
                    }
                    if let Some(found) = found(Happened::Link(event)) {
                        return Poll::Ready(found);
                    }
                }
                match self.transport.poll(cx) {
                    Poll::Ready(TransportEvent::Received {
                        stream,
                        ppid,
                        payload,
                        ..
                    }) => self.link.on_message(stream, ppid, payload),
                    Poll::Ready(TransportEvent::Closed { .. }) => {
                        if let Some(found) = found(Happened::Closed) {
                            return Poll::Ready(found);
                        }
                    }
                    Poll::Ready(
                        TransportEvent::Connected { .. } | TransportEvent::Drained { .. },
                    ) => {}
                    Poll::Pending if self.say_what_waits() => {}
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        tokio::time::timeout(HANG, happened)
            .await
            .expect("it never happens")
    }

    fn say_what_waits(&mut self) -> bool {
        let (transport, id) = (&mut self.transport, self.association);
        let mut said = false;
        while let Some(message) = self
            .link
            .next_message(Instant::now(), |stream| transport.has_room(id, stream))
        {
            transport.send(id, message).expect("there is room");
            said = true;
        }
        transport.flush();
        said
    }

    /// Sends a message past the link.
    pub(crate) fn say(&mut self, message: Message) {
        self.transport
            .send(self.association, message)
            .expect("there is room");
        self.transport.flush();
    }

    pub(crate) async fn until_up(&mut self) {
        let is_up = |happened| (happened == Happened::Link(LinkEvent::Up)).then_some(());
        self.until(is_up).await;
        // It is up as soon as it takes the peer, which has to hear that.
        self.say_what_waits();
    }

    /// Comes up, and waits until it is up for the node that it has dialed, under its name there.
    pub(crate) async fn up_at(&mut self, node: &mut Node, name: &str) -> PeerId {
        self.until_up().await;
        self.beside(node.up(name)).await
    }

    /// Waits for something, and goes on meanwhile: what is lost is sent again, and what comes too late
    /// is answered.
    pub(crate) async fn beside<T>(&mut self, awaited: impl Future<Output = T>) -> T {
        tokio::select! {
            came = awaited => came,
            never = self.until(|_| None::<Infallible>) => match never {},
        }
    }

    /// Why the other end will not have it.
    pub(crate) async fn refusal(&mut self) -> String {
        self.until(|happened| match happened {
            Happened::Link(LinkEvent::RefusedByPeer { reason }) => Some(reason),
            Happened::Closed => panic!("closed without a word"),
            Happened::Link(_) => None,
        })
        .await
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Link(LinkEvent),
    Closed,
}
