//! How a leader gets followers from its platform.

use std::pin::Pin;

use super::Order;
use super::controller::{ActionPath, Controller};

/// What is under way when a follower is asked for.
pub(crate) type Summoning<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// A follower that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The leader's activation.
    pub(crate) order: Order,
    /// Which member it is to be.
    pub(crate) member: u16,
    /// The parameters of its activation: the text of a JSON object.
    pub(crate) body: String,
}

/// How a leader gets followers from its platform: all that flights need to know of it.
pub(crate) trait Summons {
    /// What leader and followers sign with: who does not know it cannot ask anybody to follow.
    fn key(&self, order: &Order) -> Option<String>;

    /// Whether followers can be asked for at all.
    ///
    /// # Errors
    ///
    /// The text says why not, and how to mend it.
    fn is_possible(&self, order: &Order) -> Result<(), String>;

    /// Some address of the platform, `[scheme://]host[:port]`: members are reached by the address that
    /// this host has towards it.
    fn towards(&self) -> String;

    /// Asks for one follower.
    ///
    /// # Errors
    ///
    /// It will not come; the text says why.
    fn summon(&self, call: Call) -> Summoning<'_>;
}

/// OpenWhisk: the leader invokes its own action.
pub(crate) struct OpenWhisk {
    host: String,
    /// None where the container was not told of one; the text says why.
    controller: Result<Controller, String>,
}

impl OpenWhisk {
    /// With the controller at `host`.
    pub(crate) fn new(host: &str, checked: bool) -> Self {
        let controller = Controller::new(host, checked);
        Self {
            host: host.to_owned(),
            controller: controller.map_err(|error| format!("failed to {error}")),
        }
    }
}

impl Summons for OpenWhisk {
    fn key(&self, order: &Order) -> Option<String> {
        let key = order.field("api_key").filter(|key| !key.is_empty());
        key.map(str::to_owned)
    }

    fn is_possible(&self, order: &Order) -> Result<(), String> {
        if let Err(why) = &self.controller {
            return Err(why.clone());
        }
        if self.key(order).is_none() {
            let why = "the action has no API key to invoke its followers with: set its annotation \
                       provide-api-key to true";
            return Err(why.to_owned());
        }
        let path = order.field("action_name").unwrap_or_default();
        match ActionPath::parse(path) {
            Some(_) => Ok(()),
            None => Err(format!(
                "the action's name {path:?} is no path of an action"
            )),
        }
    }

    fn towards(&self) -> String {
        self.host.clone()
    }

    fn summon(&self, call: Call) -> Summoning<'_> {
        Box::pin(async move {
            self.is_possible(&call.order)?;
            let controller = self.controller.as_ref().map_err(Clone::clone)?;
            let path = call.order.field("action_name").and_then(ActionPath::parse);
            let path = path.expect("it was seen to be one");
            let key = self.key(&call.order).expect("it was seen to be there");
            let invoked = controller.invoke(&path, &key, call.body).await;
            invoked.map_err(|error| format!("failed to {error}"))
        })
    }
}
