//! `/namespaces/{namespace}/activations`.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::{Answer, ApiError};
use super::query::Query;
use crate::gateway::activation::{self, ActivationId, Record};
use crate::gateway::platform::Platform;

/// Lists the activations of a namespace, newest first.
pub(super) async fn list(
    platform: web::Data<Platform>,
    caller: Caller,
    namespace: web::Path<String>,
    query: Query,
) -> Answer {
    let namespace = caller.enter(&namespace)?;
    let page = query.page("activations")?;
    let docs = query.flag("docs", false)?;
    if docs && page.count {
        return Err(ApiError::bad_request(
            "The parameter 'docs' is not permitted with 'count'.",
        ));
    }
    let wanted = activation::Query {
        namespace: namespace.to_string(),
        name: query.name()?,
        since: query.moment("since")?,
        upto: query.moment("upto")?,
    };
    if page.count {
        let rows = platform.book.rows(&wanted, usize::MAX).await;
        let count = rows.len().saturating_sub(page.skip);
        return Ok(HttpResponse::Ok().json(json!({ "activations": count })));
    }
    let count = page.skip.saturating_add(page.limit);
    let rows = platform.book.rows(&wanted, count).await;
    let mut shown: Vec<Value> = Vec::new();
    for row in rows.into_iter().skip(page.skip) {
        if docs {
            let record = platform.book.find(&wanted.namespace, &row.id).await;
            shown.extend(record.map(|record| record.to_json()));
        } else {
            shown.extend(serde_json::from_str::<Value>(&row.summary));
        }
    }
    Ok(HttpResponse::Ok().json(shown))
}

/// Shows an activation.
pub(super) async fn get(
    platform: web::Data<Platform>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Answer {
    let (namespace, id) = path.into_inner();
    let record = find(&platform, &caller, &namespace, &id).await?;
    Ok(HttpResponse::Ok().json(record.to_json()))
}

/// Shows how an activation ended.
pub(super) async fn result(
    platform: web::Data<Platform>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Answer {
    let (namespace, id) = path.into_inner();
    let record = find(&platform, &caller, &namespace, &id).await?;
    Ok(HttpResponse::Ok().json(record.response.to_json()))
}

/// Shows the log of an activation.
pub(super) async fn logs(
    platform: web::Data<Platform>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Answer {
    let (namespace, id) = path.into_inner();
    let record = find(&platform, &caller, &namespace, &id).await?;
    Ok(HttpResponse::Ok().json(json!({ "logs": record.logs })))
}

async fn find(
    platform: &Platform,
    caller: &Caller,
    namespace: &str,
    id: &str,
) -> Result<Arc<Record>, ApiError> {
    let namespace = caller.enter(namespace)?;
    let id = ActivationId::parse(id)?;
    let found = platform.book.find(namespace.as_str(), &id).await;
    found.ok_or_else(ApiError::not_found)
}
