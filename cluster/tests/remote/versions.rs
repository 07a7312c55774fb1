//! Messages that change, and nodes that do not know them yet, or no longer.

use std::ops::RangeInclusive;

use raptor_cluster::remote::{Undeliverable, Undelivered};

use super::*;

/// Defines a message of the kind "greet" whose answer is a text.
macro_rules! greet {
    ($name:ident, $version:literal, $accepts:expr) => {
        #[derive(Serialize, Deserialize)]
        struct $name(String);

        impl Message for $name {
            type Result = String;
        }

        impl RemoteMessage for $name {
            const KIND: &'static str = "greet";
            const VERSION: u16 = $version;
            const ACCEPTS: RangeInclusive<u16> = $accepts;
        }

        impl Handler<$name> for Host {
            type Result = String;

            fn handle(&mut self, $name(text): $name, _: &mut Self::Context) -> String {
                format!(concat!("{} ", $version), text)
            }
        }
    };
}

struct Host;

impl Actor for Host {
    type Context = Context<Self>;
}

greet!(First, 1, 1..=1);
greet!(Third, 3, 2..=3);
greet!(Second, 2, 2..=2);
greet!(Fifth, 5, 5..=5);

impl Trial {
    async fn greet<M: RemoteMessage<Result = String>>(
        &self,
        message: M,
    ) -> Result<String, RemoteError> {
        self.ask_as("host", &message, HANG).await
    }
}

fn text() -> String {
    "hello".to_owned()
}

#[actix::test]
async fn an_actor_takes_several_versions_of_a_kind_and_refuses_others() {
    let trial = Trial::start().await;
    let host = Host.start();
    trial
        .there
        .register::<First>("host", host.clone().recipient());
    trial.there.register::<Third>("host", host.recipient());
    assert_eq!(trial.greet(First(text())).await, Ok("hello 1".to_owned()));
    let second = trial.greet(Second(text())).await;
    assert_eq!(second, Ok("hello 3".to_owned()), "it is read as the third");
    assert_eq!(trial.greet(Third(text())).await, Ok("hello 3".to_owned()));
    let (min, max) = (1, 3);
    let why = Undeliverable::UnknownVersion { min, max };
    let refused = Err(RemoteError::Undeliverable(why));
    assert_eq!(trial.greet(Fifth(text())).await, refused);
}

#[actix::test]
async fn a_later_registration_takes_the_place_of_an_earlier_one() {
    let trial = Trial::start().await;
    let host = Host.start();
    trial
        .there
        .register::<Second>("host", host.clone().recipient());
    assert_eq!(trial.greet(Second(text())).await, Ok("hello 2".to_owned()));
    trial.there.register::<Third>("host", host.recipient());
    assert_eq!(trial.greet(Second(text())).await, Ok("hello 3".to_owned()));
    trial.there.unregister("host");
    let refused = Err(RemoteError::Undeliverable(Undeliverable::NoSuchActor));
    assert_eq!(trial.greet(Second(text())).await, refused);
}

#[actix::test]
async fn what_is_told_and_cannot_be_delivered_comes_back() {
    let trial = Trial::start().await;
    let (recipient, undelivered) = Listener::start();
    trial.here.on_undelivered(recipient);
    let there = trial.there.record().node.clone();
    let host = Host.start();
    trial.there.register::<First>("host", host.recipient());
    let came_back = |actor: &str, version, why| Undelivered {
        node: there.clone(),
        actor: actor.to_owned(),
        kind: "greet".to_owned(),
        version,
        why,
    };
    let nobody = trial.here.remote::<First>(there.clone(), "nobody");
    nobody.tell(&First(text())).expect("the node is up");
    let expected = came_back("nobody", 1, Undeliverable::NoSuchActor);
    assert_eq!(next(&undelivered).await, expected);

    let parrot = trial.here.remote::<First>(there.clone(), "parrot");
    parrot.tell(&First(text())).expect("the node is up");
    let expected = came_back("parrot", 1, Undeliverable::UnknownKind);
    assert_eq!(next(&undelivered).await, expected);

    let fifth = trial.here.remote::<Fifth>(there.clone(), "host");
    fifth.tell(&Fifth(text())).expect("the node is up");
    let (min, max) = (1, 1);
    let why = Undeliverable::UnknownVersion { min, max };
    assert_eq!(next(&undelivered).await, came_back("host", 5, why));
}

#[actix::test]
async fn what_an_actor_had_not_handled_when_it_stopped_comes_back() {
    let trial = Trial::start().await;
    let (recipient, undelivered) = Listener::start();
    trial.here.on_undelivered(recipient);
    let silence = trial.parrot::<Silence>();
    for _ in 0..3 {
        silence.tell(&Silence).expect("the node is up");
    }
    // Behind them, so that they were heard.
    trial.ask(&echo()).await.expect("it is up");
    trial.parrot.send(Stop).await.expect("it is up");
    for _ in 0..3 {
        assert_eq!(next(&undelivered).await.why, Undeliverable::Stopped);
    }
}
