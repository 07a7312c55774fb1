//! The life of a node process of a local cluster.

use std::io::Write;

use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use super::talk::{self, FromNode, ToNode};
use crate::node::Node;

/// Runs a node until standard input ends: because the cluster is shut down, or its process is
/// gone, however it went. Gives the exit status.
pub(crate) fn serve() -> i32 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let status = runtime.block_on(live());
            // A read of standard input that nobody ends must not keep the process.
            runtime.shutdown_background();
            status
        }
        Err(error) => {
            say(&FromNode::Failed {
                why: format!("start a runtime: {error}"),
            });
            1
        }
    }
}

async fn live() -> i32 {
    let mut heard = BufReader::new(tokio::io::stdin()).lines();
    let Some(ToNode::Begin(config)) = hear(&mut heard).await else {
        return 1;
    };
    let node = match Node::start(*config).await {
        Ok(node) => node,
        Err(error) => {
            say(&FromNode::Failed {
                why: error.to_string(),
            });
            return 1;
        }
    };
    say(&FromNode::Listening {
        address: node.address(),
    });
    let mut changes = node.watch_peers();
    // Until all have met, the cluster listens; after that a full pipe would block this node.
    let (mut others, mut have_met) = (None, false);
    loop {
        tokio::select! {
            said = hear(&mut heard) => match said {
                Some(ToNode::Meet { addresses }) => {
                    others = Some(addresses.len());
                    node.meet(addresses);
                }
                Some(ToNode::Begin(_)) | None => break,
            },
            count = changes.recv() => match count {
                Some(_) if have_met => {}
                Some(count) => {
                    say(&FromNode::Peers { count });
                    have_met = others.is_some_and(|others| count >= others);
                }
                // Its supervisor is gone, and has printed why.
                None => return 1,
            },
        }
    }
    node.shutdown().await;
    0
}

async fn hear(heard: &mut Lines<BufReader<Stdin>>) -> Option<ToNode> {
    let line = heard.next_line().await.ok()??;
    talk::read(&line).ok()
}

fn say(said: &FromNode) {
    // Nobody listens to a cluster that is gone; standard input ends then, too.
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(talk::line(said).as_bytes())
        .and_then(|()| stdout.flush());
}
