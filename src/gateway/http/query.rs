//! The query of a request.

use actix_web::{FromRequest, HttpRequest, web};
use std::future::{Ready, ready};
use std::time::Duration;

use super::error::ApiError;

/// How much a list shows if nothing is said.
const LIMIT_DEFAULT: usize = 30;

/// How much it shows at most, and where 0 is asked for.
const LIMIT_MAX: usize = 200;

/// The parameters of a request's query.
pub(super) struct Query(Vec<(String, String)>);

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) skip: usize,
    pub(super) limit: usize,
    /// Whether only the number is.
    pub(super) count: bool,
}

impl Query {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// A yes or no.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, ApiError> {
        match self.get(name).map(str::to_lowercase).as_deref() {
            None => Ok(default),
            Some("true" | "yes" | "on" | "1") => Ok(true),
            Some("false" | "no" | "off" | "0") => Ok(false),
            Some(other) => Err(ApiError::query(
                name,
                format_args!("'{other}' is not a valid Boolean value"),
            )),
        }
    }

    /// Which part of a list of `collection` is wanted.
    pub(super) fn page(&self, collection: &str) -> Result<Page, ApiError> {
        let number = |name: &str, default: usize| match self.get(name) {
            None => Ok(default as i64),
            Some(text) => text.parse::<i64>().map_err(|_| {
                let what = format!("The value '{text}' is not an integer for {collection}.");
                ApiError::query(name, what)
            }),
        };
        let (limit, skip) = (number("limit", LIMIT_DEFAULT)?, number("skip", 0)?);
        let limit = match usize::try_from(limit) {
            Ok(0) => LIMIT_MAX,
            Ok(limit) if limit <= LIMIT_MAX => limit,
            Ok(_) | Err(_) => {
                let what = format!(
                    "The value '{limit}' is not in the range of 0 to {LIMIT_MAX} for {collection}."
                );
                return Err(ApiError::query("limit", what));
            }
        };
        let skip = usize::try_from(skip).map_err(|_| {
            let what =
                format!("The value '{skip}' is not greater than or equal to 0 for {collection}.");
            ApiError::query("skip", what)
        })?;
        let count = self.flag("count", false)?;
        Ok(Page { skip, limit, count })
    }

    /// A moment, in milliseconds since the UNIX epoch.
    pub(super) fn moment(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let millis = text.parse::<i64>().map_err(|_| {
            let what = format!("Parameter is not a valid value for epoch seconds: {text}");
            ApiError::query(name, what)
        })?;
        // Before the epoch there was nothing.
        Ok(Some(u64::try_from(millis).unwrap_or_default()))
    }

    /// How long a blocking request waits: at most, and by default, `max`.
    pub(super) fn timeout(&self, max: Duration) -> Result<Duration, ApiError> {
        let Some(text) = self.get("timeout") else {
            return Ok(max);
        };
        let millis = text.parse().ok().map(Duration::from_millis);
        let wait = millis.filter(|wait| !wait.is_zero() && *wait <= max);
        wait.ok_or_else(|| {
            let max = max.as_millis();
            let what = format!("Timeout must be number of milliseconds up to {max}.");
            ApiError::query("timeout", what)
        })
    }

    /// An action's name, or its package's and its own.
    pub(super) fn name(&self) -> Result<Option<(Option<String>, String)>, ApiError> {
        let Some(text) = self.get("name").filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        match text.split('/').collect::<Vec<_>>()[..] {
            [name] if !name.is_empty() => Ok(Some((None, name.to_owned()))),
            [package, name] if !package.is_empty() && !name.is_empty() => {
                Ok(Some((Some(package.to_owned()), name.to_owned())))
            }
            _ => {
                let what = format!(
                    "Parameter may be a 'simple' name or 'package-name/simple' name: {text}"
                );
                Err(ApiError::query("name", what))
            }
        }
    }
}

impl FromRequest for Query {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let parsed = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        ready(
            parsed
                .map(|query| Self(query.into_inner()))
                .map_err(|error| ApiError::bad_request(error.to_string())),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        let parsed = web::Query::<Vec<(String, String)>>::from_query(text);
        Query(parsed.expect("a query").into_inner())
    }

    #[test]
    fn a_list_shows_thirty_and_where_zero_is_asked_for_two_hundred() {
        let limit = |text| query(text).page("actions").map(|page| page.limit);
        assert_eq!(limit(""), Ok(30));
        assert_eq!(limit("limit=0"), Ok(200));
        assert_eq!(limit("limit=200"), Ok(200));
        for refused in ["limit=201", "limit=-1", "limit=x", "skip=-1", "skip=x"] {
            assert!(limit(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_blocking_request_waits_up_to_a_minute() {
        let max = Duration::from_secs(60);
        assert_eq!(query("").timeout(max), Ok(max));
        let short = Duration::from_millis(1);
        assert_eq!(query("timeout=1").timeout(max), Ok(short));
        for refused in ["timeout=0", "timeout=60001", "timeout=-1", "timeout=soon"] {
            assert!(query(refused).timeout(max).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_name_may_have_a_package_and_nothing_else() {
        let named = |text| query(text).name();
        assert_eq!(named("name=f"), Ok(Some((None, "f".to_owned()))));
        let packaged = (Some("p".to_owned()), "f".to_owned());
        assert_eq!(named("name=p/f"), Ok(Some(packaged)));
        assert_eq!(named("name="), Ok(None));
        assert!(named("name=/ns/p/f").is_err());
    }
}
