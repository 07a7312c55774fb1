//! Whose words a container speaks.

use crate::runtime::Kind;

/// Which of OpenWhisk's runtimes this one stands in for: they differ in statuses and texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The ActionLoop proxy (`openwhisk-runtime-go`), of which all but one language are made.
    ActionLoop,
    /// `openwhisk-runtime-nodejs`.
    Node,
}

impl Column {
    pub(super) const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Python | Kind::Exec | Kind::ActionLoop => Self::ActionLoop,
            Kind::Node => Self::Node,
        }
    }

    /// What a successful initialization is answered with.
    pub(super) const fn success(self) -> &'static str {
        match self {
            Self::ActionLoop => r#"{"ok":true}"#,
            Self::Node => r#"{"OK":true}"#,
        }
    }
}
