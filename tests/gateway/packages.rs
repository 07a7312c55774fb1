//! Packages: names for actions, with parameters that they share.

use serde_json::json;

use crate::gateway::{ECHO, Gateway, python};

#[tokio::test]
async fn actions_are_in_packages_that_there_are_and_get_their_parameters() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let client = &gateway.client;
    let gone = "The requested resource does not exist.";
    client.put("actions/p/f", &python(ECHO)).refused(404, gone);
    client.get("actions/p/").refused(404, gone);
    let parameters = json!([{ "key": "a", "value": "p" }, { "key": "b", "value": "p" }]);
    let made = client
        .put("packages/p", &json!({ "parameters": parameters }))
        .expect(200);
    assert_eq!(
        (&made["name"], &made["version"]),
        (&json!("p"), &json!("0.0.1"))
    );
    let mut body = python(ECHO);
    body["parameters"] = json!([{ "key": "b", "value": "f" }]);
    let action = client.put("actions/p/f", &body).expect(200);
    assert_eq!(action["namespace"], "one/p");
    let result = gateway.result("p/f", &json!({ "c": "payload" }));
    assert_eq!(result, json!({ "a": "p", "b": "f", "c": "payload" }));
    let listed = client.get("actions/p/").expect(200);
    assert_eq!(listed[0]["name"], "f");
    assert_eq!(
        client.get("actions").expect(200).as_array().map(Vec::len),
        Some(1)
    );
    let shown = client.get("packages/p").expect(200);
    assert_eq!(shown["actions"][0]["name"], "f");
    let shown = client.get("actions/p/f").expect(200);
    assert_eq!(shown["parameters"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_package_is_made_changed_listed_and_deleted_when_it_is_empty() {
    let Some(gateway) = Gateway::alone().await else {
        return;
    };
    let client = &gateway.client;
    client.put("packages/p", &json!({})).expect(200);
    client
        .put("packages/p", &json!({}))
        .refused(409, "resource already exists");
    let changed = client
        .put("packages/p?overwrite=true", &json!({ "publish": true }))
        .expect(200);
    assert_eq!(
        (&changed["version"], &changed["publish"]),
        (&json!("0.0.2"), &json!(true))
    );
    assert_eq!(
        client.get("packages?count=true").expect(200),
        json!({ "packages": 1 })
    );
    assert_eq!(client.get("packages").expect(200)[0]["name"], "p");
    client.put("actions/p/f", &python(ECHO)).expect(200);
    client
        .delete("packages/p")
        .refused(409, "Package not empty (contains 1 entity)");
    client.delete("actions/p/f").expect(200);
    client.delete("packages/p").expect(200);
    assert_eq!(client.get("packages/p").status, 404);
    client
        .put("packages/default", &json!({}))
        .refused(400, "Package name 'default' is reserved.");
    let binding = json!({ "binding": { "namespace": "_", "name": "p" } });
    client.put("packages/q", &binding).refused(
        404,
        "Bindings of packages are not supported by this platform.",
    );
}
