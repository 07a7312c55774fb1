//! Several nodes: what is made through one is there through all.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::gateway::{ECHO, Gateway, python};
use crate::support::until;

#[tokio::test]
async fn what_is_written_through_one_is_read_through_all_at_once() {
    let Some(gateways) = Gateway::cluster(3).await else {
        return;
    };
    let [a, b, c] = &gateways[..] else {
        panic!("there are three");
    };
    let made = a.make("f", ECHO);
    assert_eq!(b.client.get("actions/f").expect(200), made);
    assert_eq!(c.result("f", &json!({ "x": 1 })), json!({ "x": 1 }));
    b.make("f", "def main(a): return {'changed': True}");
    assert_eq!(a.result("f", &json!({})), json!({ "changed": true }));
    c.client.delete("actions/f").expect(200);
    assert_eq!(a.client.get("actions/f").status, 404);
    assert_eq!(b.client.get("actions").expect(200), json!([]));
}

#[tokio::test]
async fn an_action_outlives_the_node_that_it_was_made_through() {
    let Some(mut gateways) = Gateway::cluster(3).await else {
        return;
    };
    let first = gateways.remove(0);
    first.make("f", ECHO);
    let id = first.invoke("f", &json!({ "x": 1 }))["activationId"].clone();
    let id = id.as_str().expect("an id").to_owned();
    // It is on two nodes as soon as it can be read at all.
    first.record(&id).await;
    let copied = || {
        let mut others = gateways.iter();
        let path = format!("activations/{id}");
        others
            .all(|other| other.client.get(&path).status == 200)
            .then_some(())
    };
    until("the activation on the others", copied).await;
    first.node.process().signal(Signal::SIGKILL);
    for gateway in &gateways {
        assert_eq!(gateway.result("f", &json!({ "x": 2 })), json!({ "x": 2 }));
        let record = gateway.record(&id).await;
        assert_eq!(record["response"]["result"], json!({ "x": 1 }));
    }
}

#[tokio::test]
async fn activations_are_found_and_listed_from_every_node() {
    let Some(gateways) = Gateway::cluster(2).await else {
        return;
    };
    gateways[0].make("f", ECHO);
    let mut ids = Vec::new();
    for gateway in [&gateways[0], &gateways[1], &gateways[0]] {
        let id = gateway.invoke("f", &json!({}))["activationId"].clone();
        gateway.record(id.as_str().expect("an id")).await;
        ids.insert(0, id);
    }
    for gateway in &gateways {
        let listed = || {
            let list = gateway.client.get("activations").expect(200);
            let list = list.as_array().expect("a list").iter();
            let found: Vec<_> = list.map(|row| row["activationId"].clone()).collect();
            (found == ids).then_some(())
        };
        until("all activations", listed).await;
        let count = gateway.client.get("activations?count=true").expect(200);
        assert_eq!(count, json!({ "activations": 3 }));
        for id in &ids {
            gateway.record(id.as_str().expect("an id")).await;
        }
    }
}

#[tokio::test]
async fn a_node_that_comes_later_gets_everything() {
    let Some(gateways) = Gateway::cluster(1).await else {
        return;
    };
    let [first] = &gateways[..] else {
        panic!("there is one");
    };
    first.make("f", ECHO);
    let late = first.another('b').await;
    assert_eq!(late.result("f", &json!({ "x": 1 })), json!({ "x": 1 }));
}

#[tokio::test]
async fn a_node_that_could_not_be_reached_catches_up() {
    let Some(gateways) = Gateway::cluster(3).await else {
        return;
    };
    let [a, b, c] = &gateways[..] else {
        panic!("there are three");
    };
    a.make("gone", ECHO);
    c.node.process().signal(Signal::SIGSTOP);
    a.make("f", ECHO);
    b.client.delete("actions/gone").expect(200);
    c.node.process().signal(Signal::SIGCONT);
    let caught_up = || {
        let has_new = c.client.get("actions/f").status == 200;
        let has_old = c.client.get("actions/gone").status == 200;
        (has_new && !has_old).then_some(())
    };
    until("what was written meanwhile", caught_up).await;
    assert_eq!(c.result("f", &json!({ "x": 1 })), json!({ "x": 1 }));
}

#[tokio::test]
async fn code_of_48_mb_flies_on_several_nodes() {
    let Some(gateways) = Gateway::cluster(2).await else {
        return;
    };
    // What no packing makes shorter, in a comment.
    let code = "import os\n\
                def main(args): return {'bytes': os.path.getsize(__file__)}\n#";
    let noise = noise((48 << 20) - code.len());
    let code = format!("{code}{noise}");
    gateways[0]
        .client
        .put("actions/f", &python(&code))
        .expect(200);
    for gateway in gateways.iter().rev() {
        let result = gateway.result("f", &json!({}));
        assert_eq!(result, json!({ "bytes": 48 << 20 }));
    }
}

/// Letters and digits in no order.
fn noise(length: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    let next = || {
        // xorshift64 (Marsaglia, "Xorshift RNGs").
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(letters[(state % 64) as usize])
    };
    std::iter::repeat_with(next).take(length).collect()
}
