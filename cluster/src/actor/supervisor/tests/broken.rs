//! A node whose supervisor or postmaster has ended is none: it must not seem to be one.

use std::rc::Rc;

use tokio::sync::oneshot;

use super::*;
use crate::actor::Supervisor;
use crate::node::{Services, assemble};

/// Panic.
#[derive(Message)]
#[rtype(result = "()")]
struct Break;

impl Handler<Break> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: Break, _: &mut Self::Context) {
        panic!("a handler of the supervisor panics");
    }
}

/// Breaks a node, and waits until its supervisor is gone.
async fn ends(harm: impl FnOnce(&Services)) {
    let config = NodeConfig::new("n".parse().expect("a name"), "z".parse().expect("a name"));
    let (services, context) = assemble(config).await.expect("a node");
    let (life, is_over) = oneshot::channel();
    let supervisor = context.run(Supervisor::new(Rc::clone(&services), life));
    let asked = supervisor.send(super::super::PeersAsked).await;
    assert_eq!(asked.expect("it runs"), []);
    harm(&services);
    let over = tokio::time::timeout(HANG, is_over).await;
    over.expect("it goes on").expect_err("nothing is ever sent");
    assert!(!supervisor.connected());
}

#[actix::test]
async fn a_supervisor_that_panics_ends_its_node() {
    ends(|services| services.supervisor.do_send(Break)).await;
}

#[actix::test]
async fn a_postmaster_that_ends_before_the_node_has_drained_ends_it() {
    ends(|services| services.postmaster.do_send(Close { within: HANG })).await;
}
