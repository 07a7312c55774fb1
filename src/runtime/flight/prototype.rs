//! The body that the paper's prototype sends to its followers
//! (`stochastic-scheduler-controller`, `app/execution-context.cpp`).
//!
//! Its members talk without authentication, so a body of that form is only taken where the operator
//! asks for it, and then it starts no connection: the parameters in it are run, and the result has
//! the prototype's form.

use bytes::Bytes;
use serde_json::{Value, json};

/// The parameters in such a body, and the flight's name there.
pub(super) fn unwrap(params: &[u8]) -> Option<(Bytes, String)> {
    let params: Value = serde_json::from_slice(params).ok()?;
    let context = params.get("execution_context")?;
    let uuid = context.get("uuid")?.as_str()?.to_owned();
    let value = context.get("value").filter(|value| value.is_object());
    let value = value.map_or_else(|| "{}".to_owned(), Value::to_string);
    Some((value.into(), uuid))
}

/// The result in the prototype's form; an error stays as it is.
pub(super) fn wrap(result: &Bytes, uuid: &str) -> Bytes {
    match serde_json::from_slice::<Value>(result) {
        Ok(Value::Object(result)) if !result.contains_key("error") => {
            let wrapped = json!({ "execution_context": { "result": result, "uuid": uuid } });
            wrapped.to_string().into()
        }
        _ => result.clone(),
    }
}
