//! Actions whose files stay where they are.

use raptor_cluster::{Answer, ClientConfig, Invocation};

use super::stage::{HANG, Stage, flown, landed};

#[tokio::test]
async fn the_result_of_an_action_without_manifest_is_its_functions_value_also_an_array() {
    let source = "\
import os
def main(args):
  return [args, os.path.isfile('action.py'), os.environ['__OW_API_KEY'], os.environ['MORE']]
";
    let Some(stage) = Stage::of(source).await else {
        return;
    };
    let mut activation = stage.node.invoke(Invocation {
        params: "[1]".into(),
        context: vec![("api_key".to_owned(), "k".to_owned())],
        env: vec![("MORE".to_owned(), "m".to_owned())],
        timeout: HANG,
        ..Invocation::new(stage.single("main"))
    });
    let (answer, _) = flown(&mut activation).await;
    assert_eq!(landed(&answer), r#"[[1],true,"k","m"]"#);
    stage.node.shutdown().await;
    assert!(stage.directory.path().join("action.py").is_file());
}

#[tokio::test]
async fn a_flight_that_others_cannot_follow_flies_alone_at_once() {
    let Some(stage) = Stage::of("def main(args): return {}\n").await else {
        return;
    };
    let other = stage.another_node().await;
    let mut activation = stage.node.invoke(Invocation {
        size: Some(2),
        timeout: HANG,
        ..Invocation::new(stage.single("main"))
    });
    let (answer, record) = flown(&mut activation).await;
    assert_eq!(landed(&answer), "{}");
    assert_eq!((record.size_wanted, record.members.len()), (2, 1));
    other.shutdown().await;
    stage.node.shutdown().await;
}

#[tokio::test]
async fn a_client_is_told_that_it_cannot_send_it() {
    let Some(stage) = Stage::of("def main(args): return {}\n").await else {
        return;
    };
    let client = ClientConfig::new(stage.node.address(), stage.security.clone());
    let client = raptor_cluster::Client::connect(client)
        .await
        .expect("a client");
    let mut activation = client.invoke(Invocation::new(stage.single("main")));
    let answer = activation.answer().await.expect("the node is there");
    let Answer::Refused(why) = answer else {
        panic!("it is not refused: {answer}");
    };
    assert!(why.contains("stay where they are"), "{why}");
}
