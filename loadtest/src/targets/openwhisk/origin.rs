//! Where a host is.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// Where a host is: `http[s]://HOST[:PORT]`, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin(String);

/// What an origin is, for those who mistype it.
const FORM: &str = "an OpenWhisk host is written \"https://HOST\" or \"http://HOST:PORT\", without \
    a path and without its key";

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| FORM)?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        // A key in a URL would be in every report.
        let is_secret = url.username().is_empty() && url.password().is_none();
        match url.scheme() {
            "http" | "https" if is_bare && is_secret && url.fragment().is_none() => {
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(FORM),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
